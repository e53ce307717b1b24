import type { RequestMeta } from "./jsonrpc.ts";

/**
 * Prompts to the user, extension → host. Answered with the error `unavailable` where there is no user; a prompt the user
 * dismisses answers without `value`. The clock of the call or hook they belong to stops meanwhile.
 */
export interface ConfirmParams {
  title: string;
  message?: string;
  meta?: RequestMeta;
}

export interface ConfirmResult {
  value?: boolean;
}

export interface SelectParams {
  title: string;
  options: { value: string; label?: string; description?: string }[];
  meta?: RequestMeta;
}

export interface InputParams {
  title: string;
  placeholder?: string;
  initial?: string;
  /** Do not show what is typed. @default false */
  secret?: boolean;
  meta?: RequestMeta;
}

export interface EditorParams {
  title: string;
  initial?: string;
  meta?: RequestMeta;
}

export interface TextPromptResult {
  value?: string;
}

/** `ui/notify`, a notification. */
export interface NotifyParams {
  message: string;
  level?: "info" | "warn" | "error";
}

/** `ui/status`, `ui/widget`, `ui/title`: notifications. No `text` or `lines` takes it away. */
export interface StatusParams {
  key: string;
  text?: string;
}

export interface WidgetParams {
  key: string;
  lines?: string[];
}

export interface TitleParams {
  text?: string;
}

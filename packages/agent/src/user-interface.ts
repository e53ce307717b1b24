import type {
  ConfirmParams,
  EditorParams,
  InputParams,
  NotifyParams,
  SelectParams,
  StatusParams,
  TitleParams,
  WidgetParams,
} from "tau-protocol";

export interface PromptContext {
  /** Whose question it is. Absent: the agent's own. */
  extensionId?: string;
  /** Takes the question away. */
  signal: AbortSignal;
}

/**
 * A person, and what shows them things. Prompts come one at a time and answer `undefined` when they are dismissed. What has no method
 * is answered `unavailable`, or dropped where nobody waits for it.
 */
export interface UserInterface {
  confirm?: (params: ConfirmParams, context: PromptContext) => Promise<boolean | undefined>;
  select?: (params: SelectParams, context: PromptContext) => Promise<string | undefined>;
  input?: (params: InputParams, context: PromptContext) => Promise<string | undefined>;
  editor?: (params: EditorParams, context: PromptContext) => Promise<string | undefined>;
  notify?: (params: NotifyParams, extensionId: string) => void;
  setStatus?: (params: StatusParams, extensionId: string) => void;
  setWidget?: (params: WidgetParams, extensionId: string) => void;
  setTitle?: (params: TitleParams, extensionId: string) => void;
}

import type { JsonValue } from "./json.ts";
import type { RequestMeta } from "./jsonrpc.ts";

/** A `/name` the user can type. */
export interface CommandDefinition {
  /** Without the slash. `^[a-z][a-z0-9:_-]{0,63}$` */
  name: string;
  description: string;
  /** Whether the extension answers `command/complete`. @default false */
  completes?: boolean;
}

/** A `--name` of the command line. */
export interface FlagDefinition {
  /** Without the dashes. */
  name: string;
  description: string;
  type: "boolean" | "string";
  default?: JsonValue;
}

/** `command/run`, host → extension. The answer is `{}`. */
export interface RunCommandParams {
  command: string;
  /** Everything after the name, as typed. */
  arguments: string;
  meta?: RequestMeta;
}

/** `command/complete`, host → extension: what could stand at the end of `prefix`. */
export interface CompleteCommandParams {
  command: string;
  prefix: string;
  meta?: RequestMeta;
}

export interface CompleteCommandResult {
  completions: { value: string; description?: string }[];
}

/**
 * tau-ext: what the author of an extension imports. An extension is a file whose default export is `setup(api)`.
 */
export type {
  Command,
  CommandContext,
  Completion,
  EventAnswer,
  EventContext,
  EventHandler,
  EventPayload,
  ExtensionApi,
  ExtensionTraits,
  HandlerAnswer,
  HookOptions,
  Log,
  Setup,
  Tool,
  ToolContext,
  ToolRegistration,
} from "./api.ts";
export type {
  AgentControl,
  Asking,
  AskOptions,
  Bus,
  CallToolOptions,
  Choice,
  InputOptions,
  MessageOptions,
  Model,
  Session,
  Ui,
  UserMessageOptions,
} from "./asking.ts";
export type { FromJsonSchema, InferParameters, ParametersSchema } from "./infer.ts";
export type { State, StateArea, StateEntry, StateWriteOptions } from "./state.ts";
export type { StandardIssue, StandardJsonSchema, StandardResult } from "./standard-schema.ts";
export { type ResultOptions, ToolResult } from "./tool-result.ts";
export type {
  Content,
  EventName,
  EventPayloads,
  FlagDefinition,
  GenerateResult,
  ImageContent,
  JsonObject,
  JsonSchema,
  JsonValue,
  TextContent,
} from "tau-protocol";

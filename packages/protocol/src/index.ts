/**
 * tau-protocol: the messages between a tau host and its extensions as types, with their codes, limits and version.
 * No I/O, no imports. The text that rules is spec/protocol.md; a test holds these types against spec/schema.json.
 */
export { type JsonObject, type JsonSchema, type JsonValue } from "./json.ts";
export { negotiateProtocol, PROTOCOL_VERSION, type ProtocolRange, SUPPORTED_PROTOCOLS } from "./version.ts";
export {
  COMMAND_NAME_PATTERN,
  DEFAULT_MAX_LINE_BYTES,
  MAX_DESCRIPTION_LENGTH,
  MAX_QUEUED_BYTES,
  MAX_SCHEMA_BYTES,
  MAX_SCHEMA_DEPTH,
  MAX_SKIPPED_BYTES,
  MAX_STATE_BYTES,
  MAX_STATE_KEY_LENGTH,
  MAX_STATE_KEYS,
  MAX_STATE_VALUE_BYTES,
  MAX_TOOLS,
  SALVAGE_BYTES,
  TOOL_NAME_PATTERN,
} from "./limits.ts";
export {
  type Diagnostic,
  type ErrorData,
  type Executed,
  isTauError,
  type LocalErrorCode,
  type StartPhase,
  TauError,
  type TauErrorCode,
  type TauErrorDetails,
  WIRE_CODES,
  type WireErrorKind,
  withDetails,
} from "./errors.ts";
export type {
  CancelParams,
  FailureMessage,
  Message,
  MessageId,
  NotificationMessage,
  Params,
  ProgressParams,
  RequestMessage,
  RequestMeta,
  SuccessMessage,
  WireError,
} from "./jsonrpc.ts";
export type {
  CallToolParams,
  Content,
  ExecuteToolParams,
  ImageContent,
  TextContent,
  ToolDefinition,
  ToolResult,
} from "./tools.ts";
export type {
  HelloParams,
  HelloResult,
  LogLevel,
  LogParams,
  PeerLimits,
  ShutdownParams,
  ShutdownReason,
  UpdateRegistryParams,
} from "./hello.ts";
export type {
  CommandDefinition,
  CompleteCommandParams,
  CompleteCommandResult,
  FlagDefinition,
  RunCommandParams,
} from "./commands.ts";
export type {
  DeliverEventsParams,
  EventRecord,
  HookAnswer,
  HookRegistration,
  OnFailure,
  RunHookParams,
} from "./hooks.ts";
export type { HttpFetchParams, HttpFetchResult, HttpHeader } from "./http.ts";
export {
  type BusEventName,
  type EventKind,
  type EventName,
  EVENTS,
  type EventSpecification,
  isEventName,
} from "./events.ts";
export type { EventChanges, EventPayloads, GateEvent, TransformEvent } from "./event-payloads.ts";
export type { CollectStateParams, CollectStateResult, HandedState, RunSelfTestParams } from "./reload.ts";
export type {
  DeleteStateParams,
  GetStateParams,
  GetStateResult,
  ListStateParams,
  ListStateResult,
  SetStateParams,
  SetStateResult,
  StateScope,
} from "./state.ts";
export type {
  ConfirmParams,
  ConfirmResult,
  EditorParams,
  InputParams,
  NotifyParams,
  SelectParams,
  StatusParams,
  TextPromptResult,
  TitleParams,
  WidgetParams,
} from "./ui.ts";
export type {
  ActiveTools,
  AppendEntryParams,
  CompactParams,
  ContextUsage,
  DeliverAt,
  EmitParams,
  Empty,
  GenerateParams,
  GenerateResult,
  ModelChoice,
  ReadEntriesParams,
  ReadEntriesResult,
  ReloadParams,
  SendMessageParams,
  SendUserMessageParams,
  SessionName,
  ThinkingLevel,
  TokenUsage,
} from "./agent.ts";
export type { ExtensionNotifications, ExtensionRequests, HostNotifications, HostRequests } from "./methods.ts";

import type { JsonObject, JsonSchema, JsonValue } from "./json.ts";
import type { RequestMeta } from "./jsonrpc.ts";

// Values that travel inside other JSON (an event's payload, a call's arguments) are types and not interfaces: only those are
// assignable to JsonObject.

export type TextContent = {
  type: "text";
  text: string;
};

export type ImageContent = {
  type: "image";
  /** Base64 (RFC 4648, section 4), without a data-URL prefix. */
  data: string;
  /** Such as `image/png`. */
  mimeType: string;
};

/** What a model can be shown. */
export type Content = TextContent | ImageContent;

/** What a tool answers. */
export type ToolResult = {
  /** What the model sees. May be empty. */
  content: Content[];
  /** For programs and screens; never shown to the model. */
  details?: JsonValue;
  /** True when the tool ran and says that it failed. The model sees `content` either way. @default false */
  isError?: boolean;
};

/** What an extension declares of a tool. */
export interface ToolDefinition {
  /** `^[A-Za-z0-9_-]{1,64}$`, unique among all extensions of a host. */
  name: string;
  /** For people. @default name */
  label?: string;
  /** For the model: what it does and when to use it. */
  description: string;
  /** Arguments are validated against it at the host, before they are sent. Its type is `object`. */
  parameters: JsonSchema;
  /** Whether a second run with the same arguments is harmless. Allows one retry after a crash. @default false */
  idempotent?: boolean;
}

/** `tool/execute`, host → extension. Partial results come as `$/progress` with a `ToolResult` as value. */
export interface ExecuteToolParams {
  tool: string;
  arguments: JsonObject;
  /** The model's own id of this call, where there is a model. */
  callId?: string;
  meta?: RequestMeta;
}

/** `tool/call`, extension → host: run any tool of any extension, hooks included. The answer is a `ToolResult`. */
export interface CallToolParams {
  tool: string;
  arguments: JsonObject;
  meta?: RequestMeta;
}

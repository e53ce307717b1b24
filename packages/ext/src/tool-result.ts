import type { Content, ImageContent, JsonValue, ToolResult as ToolResultShape } from "tau-protocol";
import { toBase64 } from "./base64.ts";

export type ToolResult = ToolResultShape;

export interface ResultOptions {
  /** For programs and screens, as JSON; never shown to the model. */
  details?: JsonValue;
}

/** Makes what a tool answers. A plain object of the same shape does as well. */
export const ToolResult = {
  /** Text for the model. */
  text(text: string, options: ResultOptions = {}): ToolResult {
    return { content: [{ type: "text", text }], ...options };
  },

  /** The tool ran and says that it failed: the model reads `text` and can react. To report a bug, throw instead. */
  error(text: string, options: ResultOptions = {}): ToolResult {
    return { content: [{ type: "text", text }], ...options, isError: true };
  },

  /** An image for the model: bytes, or base64 text. */
  image(data: Uint8Array | string, mimeType: string, options: ResultOptions = {}): ToolResult {
    return { content: [imageContent(data, mimeType)], ...options };
  },

  /** Several pieces, in the order in which the model sees them. */
  of(content: readonly Content[], options: ResultOptions = {}): ToolResult {
    return { content: [...content], ...options };
  },
} as const;

function imageContent(data: Uint8Array | string, mimeType: string): ImageContent {
  return { type: "image", data: typeof data === "string" ? data : toBase64(data), mimeType };
}

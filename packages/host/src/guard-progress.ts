import { TauError, type ToolResult } from "tau-protocol";
import { errorText } from "tau-rpc";
import { readToolResult } from "./validate/result.ts";

/** Hands partial results on once their shape is checked. What a listener throws is reported: the call has nothing to do with it. */
export function guardProgress(
  tool: string,
  onProgress: (partial: ToolResult) => void,
  onError: (error: TauError) => void,
): (value: unknown) => void {
  return (value) => {
    try {
      onProgress(readToolResult(value, tool));
    } catch (error) {
      const text = `Progress of tool \`${tool}\` could not be shown: ${errorText(error)}`;
      onError(new TauError("internal-error", text, { cause: error }));
    }
  };
}

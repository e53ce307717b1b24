import { isTauError, TauError, withDetails } from "tau-protocol";
import { errorText } from "tau-rpc";

/** A load that its caller gave up. */
export function loadCancelled(extensionId: string, cause: unknown): TauError {
  const text = `Loading extension \`${extensionId}\` was cancelled by its caller.`;
  return new TauError("cancelled", text, { extensionId, executed: "no", cause });
}

/** A check gives up with the stack's end on arguments that are nested without end. */
export function asCallError(tool: string, error: unknown): TauError {
  if (isTauError(error)) return error;
  const text = `The arguments of tool \`${tool}\` could not be checked: ${errorText(error)}`;
  return new TauError("invalid-arguments", text, { executed: "no", cause: error });
}

export function argumentsError(tool: string, extensionId: string, faults: readonly string[]): TauError {
  const lines = faults.map((fault) => `- ${fault}`).join("\n");
  return new TauError("invalid-arguments", `The arguments of tool \`${tool}\` do not fit its schema:\n${lines}`, {
    extensionId,
    executed: "no",
  });
}

/** What came from elsewhere does not know whose it is. Params that can't be sent are the caller's arguments. */
export function toolError(error: unknown, tool: string, extensionId: string): TauError {
  if (isTauError(error) && error.code !== "invalid-params") {
    return withDetails(error, { extensionId }, nameTool(error.message, tool, extensionId));
  }
  const text = `The arguments of tool \`${tool}\` can't be sent: ${errorText(error)}`;
  return new TauError("invalid-arguments", text, { extensionId, executed: "no", cause: error });
}

/** The peer knows methods, the caller knows tools. */
function nameTool(message: string, tool: string, extensionId: string): string {
  return message.replace("`tool/execute`", () => `tool \`${tool}\` of extension \`${extensionId}\``);
}

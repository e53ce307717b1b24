import { ToolResult } from "tau-ext";

/** Bad news for the model: what was expected, what there is, what to do. Anything else that is thrown is a defect. */
export class Problem extends Error {
  override readonly name = "Problem";
}

/** Runs a tool's work and answers its problems as results that the model can read and react to. */
export async function answering(signal: AbortSignal, work: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    if (error instanceof Problem && !signal.aborted) return ToolResult.error(error.message);
    throw error;
  }
}

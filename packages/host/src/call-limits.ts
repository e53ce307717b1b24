import { isTauError, TauError, type ToolResult, withDetails } from "tau-protocol";
import type { RequestOptions } from "tau-rpc";

/** What one call of a tool may take, where that is less than the host allows. */
export interface CallLimits {
  /** In milliseconds. */
  callTimeoutMs: number | undefined;
  /** Of the result and all partial ones, as JSON. */
  outputBytes: number | undefined;
}

export interface LimitedCall {
  limits: CallLimits;
  tool: string;
  extensionId: string;
}

/**
 * Makes a call within its limits. One that would be too long in the end is given up as soon as its progress is.
 * @throws TauError `timed-out`, `message-too-large`, and what the call itself throws
 */
export async function callWithin(
  { limits, tool, extensionId }: LimitedCall,
  options: RequestOptions,
  call: (options: RequestOptions) => Promise<ToolResult>,
): Promise<ToolResult> {
  const { callTimeoutMs = Infinity, outputBytes = Infinity } = limits;
  const asked = options.timeoutMs ?? Infinity;
  const giveUp = new AbortController();
  const signal = options.signal === undefined ? giveUp.signal : AbortSignal.any([options.signal, giveUp.signal]);
  let total = 0;
  const isWithin = (value: unknown): boolean => {
    if (outputBytes === Infinity) return true;
    total += Buffer.byteLength(JSON.stringify(value));
    return total <= outputBytes;
  };
  const onProgress = (value: unknown): void => {
    if (giveUp.signal.aborted) return;
    if (isWithin(value)) options.onProgress?.(value);
    else giveUp.abort();
  };
  try {
    const result = await call({ ...options, signal, onProgress, timeoutMs: Math.min(asked, callTimeoutMs) });
    if (isWithin(result)) return result;
  } catch (error) {
    if (isTauError(error) && error.code === "timed-out" && callTimeoutMs < asked) throw tooSlow(error);
    if (!giveUp.signal.aborted || options.signal?.aborted === true) throw error;
  }
  const whose = `of tool \`${tool}\` of extension \`${extensionId}\``;
  const text = `Expected at most ${outputBytes} bytes ${whose}, progress included, got more: its limit \`outputBytes\` allows no more.`;
  throw new TauError("message-too-large", text, { extensionId, executed: giveUp.signal.aborted ? "maybe" : "yes" });
}

function tooSlow(error: TauError): TauError {
  return withDetails(error, {}, `${error.message} Its limit \`callTimeoutMs\` allows no more.`);
}

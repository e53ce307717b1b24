import { TauError, withDetails } from "tau-protocol";
import type { PeerFault, UnansweredRequest } from "tau-rpc";
import type { ExitStatus } from "./launch/launcher-client.ts";
import { show } from "./show.ts";

export interface EndFacts {
  extensionId: string;
  stderrTail: readonly string[];
  /** Lines on the channel that were no messages. */
  faults: number;
}

/** The way a process ended, as an error. */
export function describeEnd(extensionId: string, exit: ExitStatus | undefined): TauError {
  const how =
    exit === undefined
      ? "ended"
      : exit.signal === null
        ? `exited with code ${exit.exitCode}`
        : `was ended by ${exit.signal}`;
  return new TauError("extension-crashed", `Extension \`${extensionId}\` ${how}.`, {
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
  });
}

/** For the log of the extension that started them. */
export function describeLeft(pids: readonly number[]): string {
  return `Processes that it started could not be ended: ${pids.join(", ")}. They belong to another user, or the kernel holds them.`;
}

/** A process without a channel is of no use, and was ended. */
export function channelError(extensionId: string): TauError {
  const text = `Extension \`${extensionId}\` closed its channel and went on running, so it was ended.`;
  return new TauError("channel-closed", text, { extensionId });
}

/** Work that was given up and goes on. `undefined` where that ends nobody. */
export function unansweredError(
  extensionId: string,
  { method, reason }: UnansweredRequest,
  cancelGraceMs: number,
): TauError | undefined {
  // Who hands no state over in time has been told of. A version that still serves must not end for it.
  if (method === "state/collect") return undefined;
  // Nor for a hook whose answer was not needed any more, because another one had blocked.
  if (method === "hook/run" && reason === "cancelled") return undefined;
  const why = reason === "cancelled" ? "was cancelled" : "ran out of time";
  const text =
    `Extension \`${extensionId}\` was ended: \`${method}\` ${why} and gave no answer for another ${cancelGraceMs} ms. ` +
    "A tool should stop when `ctx.signal` aborts.";
  return new TauError("extension-killed", text, { extensionId });
}

/** Its channel is not for printing. */
export function floodError(extensionId: string, what: string): TauError {
  const text = `Extension \`${extensionId}\` was ended: it wrote ${what}. Print to stderr.`;
  return new TauError("protocol-violation", text, { extensionId });
}

export function unreadError(extensionId: string, bytes: number): TauError {
  const mib = Math.round(bytes / 1024 ** 2);
  const text = `Extension \`${extensionId}\` was ended: it asks and does not read, ${mib} MiB of answers wait for it. Read the channel while asking.`;
  return new TauError("extension-killed", text, { extensionId, executed: "maybe" });
}

/** The error with the extension's last words. Each caller gets an error of its own. */
export function endError(error: TauError, { extensionId, stderrTail, faults }: EndFacts): TauError {
  const words =
    stderrTail.length === 0
      ? ""
      : `\nIts last output:\n${stderrTail
          .slice(-5)
          .map((line) => `  ${line}`)
          .join("\n")}`;
  const noise = faults === 0 ? "" : `\n${faults} lines on its channel were no messages; see its log.`;
  const { code, executed, retryable } = error;
  const full = new TauError(code, `${error.message}${words}${noise}`, { executed, retryable, cause: error });
  return withDetails(full, {
    extensionId,
    stderrTail,
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
    ...(error.signal === undefined ? {} : { signal: error.signal }),
  });
}

const SHOWN_LENGTH = 200;

/** One line for the extension's log. */
export function describeFault(fault: PeerFault): string {
  switch (fault.kind) {
    case "not-a-message":
      return `A line on the channel is no message (printed there by mistake?): ${shorten(fault.text)}`;
    case "stray-text":
      return `Text in front of a message on the channel was moved aside: ${shorten(fault.text)}`;
    case "not-utf8":
      return `A line on the channel is not UTF-8 and was skipped: ${shorten(fault.text)}`;
    case "oversized":
      return `A line of ${fault.bytes} bytes was skipped: it is longer than the limit.`;
    case "endless-line":
      return `A line has grown to ${fault.bytes} bytes and has no end.`;
    case "unfinished-line":
      return `The channel ended in the middle of a line: ${shorten(fault.text)}`;
    case "invalid-message":
      return `A message has a wrong shape: ${shorten(fault.text)}`;
    case "unknown-id":
      return `An answer to request ${show(fault.id)} came, which nobody waits for.`;
    case "repeated-id":
      return `Request id ${fault.id} was used twice; the second request was ignored.`;
    case "handler-failed":
      return `Handling \`${fault.method}\` failed: ${shorten(String(fault.error))}`;
    default:
      return fault satisfies never;
  }
}

function shorten(text: string): string {
  const line = text.replaceAll("\0", "␀");
  return line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)}…` : line;
}

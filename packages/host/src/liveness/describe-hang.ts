import { TauError } from "tau-protocol";
import type { Frame, HotFrame, HotFrames } from "./hot-frames.ts";
import type { ProcessFacts } from "./process-facts.ts";
import type { BlockedReport } from "./profile-blocked.ts";

export interface Hang {
  extensionId: string;
  /** How long it has not answered, in milliseconds. */
  blockedMs: number;
  /** Absent while it is still being looked into. */
  report: BlockedReport | undefined;
}

/** For the log: one line, and the functions in which the time is spent, where that is known. */
export function describeHang({ extensionId, blockedMs, report }: Hang): string {
  return `Extension \`${extensionId}\` has not answered for ${seconds(blockedMs)}${describeReport(report)}`;
}

/** For the log: one line. */
export function describeRecovery(extensionId: string, blockedMs: number): string {
  return `Extension \`${extensionId}\` answers again, after ${seconds(blockedMs)} of silence.`;
}

/** What its calls in flight fail with when it is ended for it. */
export function hangError({ extensionId, blockedMs, report }: Hang): TauError {
  const text =
    `Extension \`${extensionId}\` was ended after ${seconds(blockedMs)} without an answer${describeReport(report)}\n` +
    "Work that takes long belongs into a worker thread or a process that is awaited; `hangTimeoutMs` is the limit.";
  return new TauError("extension-killed", text, { extensionId });
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 1000)} s`;
}

/** From the end of the first line on. */
function describeReport(report: BlockedReport | undefined): string {
  if (report === undefined) return ".";
  const { isNode, hot, facts } = report;
  if (hot?.idle === true) return ". It goes on by now.";
  const stopped = facts !== undefined && ["T", "t"].includes(facts.state);
  const loop = isNode && !stopped ? ": its event loop is blocked." : ".";
  return `${loop}${facts === undefined ? "" : describeFacts(facts, report)}${hot === undefined ? "" : describeHot(hot)}`;
}

/** The profile tells more, except of a process that only waits. */
function describeFacts({ state, cpuShare, waitsIn, children }: ProcessFacts, { isNode, hot }: BlockedReport): string {
  const where = waitsIn === undefined ? "" : ` (${waitsIn})`;
  const percent = `${Math.round(cpuShare * 100)} % of a processor`;
  if (state === "T") return " It was stopped by a signal; SIGCONT lets it go on.";
  if (state === "t") return " A debugger holds it.";
  if (state === "Z" || state === "X") return " It has ended.";
  if (state === "D") return ` It waits for a disk or a device${where}.`;
  if (cpuShare >= 0.5 || state === "R") {
    if (hot !== undefined) return "";
    return ` It uses ${percent}${isNode ? ", in native code or a built-in function, which shows no stack" : ""}.`;
  }
  const use = cpuShare < 0.2 ? "uses hardly any processor" : `uses ${percent}`;
  return ` It sits in a system call${where} and ${use}.${describeChildren(children)}`;
}

function describeChildren(children: readonly string[]): string {
  if (children.length === 0) return "";
  return ` Perhaps it waits for ${children.length === 1 ? "its child" : "one of its children"}: ${children.join(", ")}.`;
}

function describeHot({ frames, callers }: HotFrames): string {
  const [hottest, ...others] = frames;
  if (hottest === undefined) return "";
  const called = callers.map((caller) => `\n         called by ${describeFrame(caller)}`);
  return [describeShare(hottest), ...called, ...others.map(describeShare)].join("");
}

function describeShare(frame: HotFrame): string {
  const percent = String(Math.round(frame.share * 100)).padStart(5);
  const inside = frame.inside === undefined ? "" : `, in ${frame.inside}`;
  return `\n${percent} %  ${describeFrame(frame)}${inside}`;
}

function describeFrame({ name, place }: Frame): string {
  return place === undefined ? name : `${name} (${place})`;
}

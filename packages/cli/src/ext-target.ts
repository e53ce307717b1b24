import { nearest } from "tau-host";
import type { TauContext } from "./context.ts";
import { findProcesses, type FoundProcesses, type RunningProcess } from "./control/client.ts";
import { CliError, wrongUsage } from "./errors.ts";

/** The flags of the commands that are about one running extension. */
export interface TargetFlags {
  readonly pid?: number;
}

/** Finds this user's processes, tells of those that can't be talked to, and ends the lines after the work. */
export async function withProcesses(
  context: TauContext,
  work: (running: readonly RunningProcess[]) => Promise<void>,
): Promise<void> {
  const { terminal, signal, process } = context;
  const found = await findProcesses({ env: process.env, signal });
  try {
    for (const { error } of found.unreachable)
      terminal.note(`${terminal.noteColors.yellow("warning:")} ${error.message}`);
    if (found.running.length === 0) throw nobodyRuns(found);
    await work(found.running);
  } finally {
    found.close();
  }
}

/** Does the work with the process that has the extension. @throws CliError where there is none, or no telling which */
export async function withTarget(
  context: TauContext,
  { pid }: TargetFlags,
  extensionId: string,
  work: (target: RunningProcess) => Promise<void>,
): Promise<void> {
  await withProcesses(context, (running) => work(chooseTarget(running, extensionId, pid)));
}

function chooseTarget(running: readonly RunningProcess[], extensionId: string, pid?: number): RunningProcess {
  const asked = running.filter(({ report }) => pid === undefined || report.pid === pid);
  if (asked.length === 0) {
    const pids = running.map(({ report }) => report.pid).join(", ");
    throw new CliError(`Expected a process with number ${pid} that runs extensions, found ${pids}. Try: tau ext list`);
  }
  const [target, ...others] = asked.filter(({ report }) => report.extensions.some(({ id }) => id === extensionId));
  if (target === undefined) throw noSuchExtension(asked, extensionId);
  if (others.length === 0) return target;
  const places = [target, ...others].map(({ report }) => `  --pid ${report.pid}  ${report.title} in ${report.cwd}`);
  throw wrongUsage(`Several processes run an extension \`${extensionId}\`. Say which:\n${places.join("\n")}`);
}

function noSuchExtension(running: readonly RunningProcess[], extensionId: string): CliError {
  const ids = [...new Set(running.flatMap(({ report }) => report.extensions.map(({ id }) => id)))];
  const [near] = nearest(extensionId, ids);
  const hint = near === undefined ? "" : ` Did you mean \`${near}\`?`;
  return new CliError(`No running extension is called \`${extensionId}\`.${hint} Try: tau ext list`);
}

function nobodyRuns({ unreachable }: FoundProcesses): CliError {
  // What is wrong with those that are there has been told.
  if (unreachable.length > 0) return new CliError("No process that runs extensions answers.");
  return new CliError(
    "No tau process that runs extensions is there. Start one that stays: tau call <tool> -e ./extension.ts --watch",
  );
}

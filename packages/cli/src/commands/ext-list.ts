import { runCommand, type TauContext } from "../context.ts";
import type { ExtensionReport, ProcessReport } from "../control/messages.ts";
import { describeReach } from "../describe-reach.ts";
import { withProcesses } from "../ext-target.ts";
import { formatBytes, formatDuration, formatTable, summarize } from "../format.ts";
import type { Colors } from "../terminal.ts";

export interface ListFlags {
  readonly json?: boolean;
}

/** `tau ext list`: the extensions that run, by process. */
export default async function list(this: TauContext, { json }: ListFlags): Promise<void> {
  const { print, colors } = this.terminal;
  await runCommand(this, () =>
    withProcesses(this, async (running) => {
      const reports = running.map(({ report }) => report);
      if (json === true) print(JSON.stringify(reports, undefined, 2));
      else print(reports.map((report) => describeProcess(report, colors)).join("\n\n"));
    }),
  );
}

const HEADER = ["extension", "state", "isolation", "version", "uptime", "restarts", "calls", "memory"];

function describeProcess({ pid, title, cwd, extensions }: ProcessReport, { bold, dim }: Colors): string {
  const head = `${bold(title)}  pid ${pid}  ${dim(cwd)}`;
  if (extensions.length === 0) return `${head}\n  no extensions`;
  const [header = "", ...rows] = formatTable([HEADER, ...extensions.map(cells)]);
  const blocks = extensions.map(({ isolation, sandboxLayer, permissions, lastError }, index) => {
    const reach = describeReach({
      isolation,
      sandboxLayer: sandboxLayer ?? undefined,
      permissions: permissions ?? undefined,
    });
    const error = lastError === null ? undefined : `last error: ${summarize(lastError)}`;
    const notes = [reach, error].filter((note) => note !== undefined).map((note) => `\n    ${dim(note)}`);
    return `  ${rows[index]}${notes.join("")}`;
  });
  return [head, `  ${dim(header)}`, ...blocks].join("\n");
}

function cells({ id, state, isolation, generation, uptimeMs, restarts, calls, usage }: ExtensionReport): string[] {
  const uptime = uptimeMs === null ? "-" : formatDuration(uptimeMs);
  const memory = usage === null ? "-" : formatBytes(usage.memoryBytes);
  return [id, state, isolation, String(generation), uptime, String(restarts), String(calls), memory];
}

import { formatReport, type Level, type Report, runSuite, type Transport } from "tau-conformance";
import { runCommand, type TauContext } from "../context.ts";
import { CliError, EXIT_CODES, wrongUsage } from "../errors.ts";

export interface ConformanceFlags {
  readonly transport: Transport | "both";
  readonly level?: Level;
  readonly only?: readonly string[];
  readonly timeoutMs: number;
  readonly jobs?: number;
  readonly thorough?: boolean;
  readonly json?: boolean;
}

/** `tau conformance -- <command>`: holds an extension against the protocol, check by check. */
export default async function conformance(
  this: TauContext,
  { transport, only = [], json = false, jobs, level, thorough = false, timeoutMs }: ConformanceFlags,
  ...command: string[]
): Promise<void> {
  const { terminal } = this;
  await runCommand(this, async () => {
    if (command.length === 0)
      throw wrongUsage(
        "Expected the command that starts the extension behind --, got none: tau conformance -- python3 ./mine.py",
      );
    const reports: Report[] = [];
    for (const each of transport === "both" ? (["fd", "stdio"] as const) : [transport]) {
      const more = { ...(jobs === undefined ? {} : { jobs }), level, only, thorough, timeoutMs };
      const report = await runSuite({ command, transport: each, ...more }).catch((error: unknown) => {
        throw new CliError(error instanceof Error ? error.message : String(error));
      });
      if (report.results.length === 0) throw wrongUsage(`Expected --only to name a check, got ${only.join(", ")}.`);
      reports.push(report);
      if (!json) terminal.print(`${reports.length > 1 ? "\n" : ""}${formatReport(report)}`);
    }
    if (json) terminal.print(JSON.stringify(reports, undefined, 2));
    if (reports.some(({ failed }) => failed > 0)) this.exitCode = EXIT_CODES.failed;
  });
}

import type { CheckResult, Report } from "./run-suite.ts";

const OUTCOMES = ["passed", "failed", "skipped"] as const;
const SHOWN_LINES = 12;

/** A table of the groups, then each failure with what was expected, what came and the lines that led there. */
export function formatReport(report: Report): string {
  const { command, transport, extension, level, passed, failed, skipped, results } = report;
  const kind = extension.isReference ? "the reference extension" : "not the reference extension";
  const head = [
    `${command.join(" ")}  (${transport === "fd" ? "descriptor 3" : "stdin and stdout"})`,
    `${extension.name} ${extension.version}: ${kind}, level ${level}`,
  ];
  const failures = results.filter(({ outcome }) => outcome === "failed").map(formatFailure);
  const reasons = [...new Set(results.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))];
  const skips = reasons.map((reason) => {
    const count = results.filter((result) => result.reason === reason).length;
    return `skipped: ${count} ${count === 1 ? "check" : "checks"}: ${reason}`;
  });
  const totals = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return [...head, "", formatGroups(results), "", ...failures, ...skips, totals].join("\n");
}

function formatGroups(results: readonly CheckResult[]): string {
  const groups = [...new Set(results.map(({ group }) => group))];
  const width = Math.max(...groups.map((group) => group.length), 5);
  const row = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(7)).join("  ")}`;
  const rows = groups.map((group) => {
    const own = results.filter((result) => result.group === group);
    return row(
      group,
      OUTCOMES.map((outcome) => String(own.filter((result) => result.outcome === outcome).length)),
    );
  });
  return [row("group", OUTCOMES), ...rows].join("\n");
}

function formatFailure({ id, title, rules, expected, got, transcript = [], printed = "" }: CheckResult): string {
  const output =
    printed.trim() === "" ? [] : ["  it printed:", ...indent(printed.trim().split("\n").slice(-SHOWN_LINES))];
  return [
    `FAILED ${id} (${rules.join(", ")}): ${title}`,
    `  expected ${expected}`,
    `  got      ${got}`,
    ...(transcript.length === 0 ? [] : ["  the lines:", ...indent(transcript.slice(-SHOWN_LINES))]),
    ...output,
    "",
  ].join("\n");
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}

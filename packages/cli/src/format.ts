import type { ErrorReport } from "./control/messages.ts";

/** `340 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`: two units at most, as they are read. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = Math.floor(durationMs / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** `48 MiB`. */
export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/** The hour of the day here, with the day where that is another one than today's. */
export function formatTime(time: number, now: number): string {
  const at = local(time);
  return at.day === local(now).day ? at.clock : `${at.day} ${at.clock}`;
}

/** On one line: the first complaint of a compiler, or the first line. */
export function summarize({ message, diagnostics = [] }: ErrorReport): string {
  const [diagnostic] = diagnostics;
  if (diagnostic === undefined) return message.split("\n", 1)[0] ?? "";
  const { file, line = 1, column = 1 } = diagnostic;
  const place = file === undefined ? "" : `${file}:${line}:${column}: `;
  return `${place}${diagnostic.message}`.split("\n", 1)[0] ?? "";
}

/** Columns as wide as their widest cell. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function local(time: number): { day: string; clock: string } {
  const date = new Date(time);
  const two = (count: number): string => String(count).padStart(2, "0");
  return {
    day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    clock: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`,
  };
}

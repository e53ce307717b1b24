import { isTauError, type LogLine } from "tau-host";
import { runCommand, type TauContext } from "../context.ts";
import { type TargetFlags, withTarget } from "../ext-target.ts";
import { formatTime } from "../format.ts";
import type { Terminal } from "../terminal.ts";

export interface LogsFlags extends TargetFlags {
  readonly follow?: boolean;
  readonly lines?: number;
}

const DEFAULT_LINES = 100;

/** How long the lines that are there may take to come, in milliseconds. */
const TIMEOUT_MS = 3000;

/** `tau ext logs`: what an extension printed and logged. */
export default async function logs(this: TauContext, flags: LogsFlags, extensionId: string): Promise<void> {
  const { terminal, signal } = this;
  const { lines = DEFAULT_LINES, follow = false } = flags;
  await runCommand(this, () =>
    withTarget(this, flags, extensionId, async ({ peer, report }) => {
      const onProgress = (line: unknown): void => terminal.print(describeLine(line as LogLine, terminal));
      const time = follow ? {} : { timeoutMs: TIMEOUT_MS };
      try {
        await peer.request("logs", { extensionId, lines, follow }, { signal, onProgress, ...time });
        if (follow) terminal.note(`${extensionId} was stopped.`);
      } catch (error) {
        if (!follow || !isTauError(error) || error.code !== "channel-closed") throw error;
        terminal.note(`Process ${report.pid} has ended.`);
      }
    }),
  );
}

function describeLine({ time, source, level, text }: LogLine, { colors }: Terminal): string {
  const head = `${formatTime(time, Date.now())} ${source.padEnd(6)} ${level.padEnd(5)}`;
  const color = level === "error" ? colors.red : level === "warn" ? colors.yellow : colors.dim;
  return `${color(head)} ${text}`;
}

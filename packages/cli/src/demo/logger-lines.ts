import type { Stage } from "./stage.ts";

/** More than the logger needs by far; what it has not said by then, it will not say. */
const PATIENCE_MS = 5_000;

/** What lifecycle-logger writes from now on, up to its line about the event. */
export function linesUntil(event: string, { host, signal }: Stage): Promise<string[]> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    const finish = (): void => {
      stop();
      resolve(lines);
    };
    const stop = host.on("log", ({ extensionId, text }) => {
      if (extensionId !== "lifecycle-logger") return;
      lines.push(text);
      if (text.startsWith(event)) finish();
    });
    AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]).addEventListener("abort", finish);
  });
}

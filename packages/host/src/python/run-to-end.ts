import type { ExitStatus, LauncherClient } from "../launch/launcher-client.ts";

export interface RunOptions {
  command: readonly string[];
  environment: Record<string, string>;
  timeoutMs: number;
  onLine: (line: string) => void;
  /** Ends the program when it is aborted. @default nothing does */
  signal?: AbortSignal | undefined;
}

const TAIL_LINES = 20;

/**
 * Runs a program until it ends, and ends it when it takes too long.
 * @throws TauError `command-not-found` and what else a launch fails with
 */
export async function runToEnd(
  launcher: LauncherClient,
  { command, environment, timeoutMs, onLine, signal }: RunOptions,
): Promise<ExitStatus & { tail: string[] }> {
  const [program = "", ...args] = command;
  const tail: string[] = [];
  const launched = await launcher.launch(
    { command: program, args, cwd: process.cwd(), env: environment, channel: "fd3+4" },
    {
      output: ({ text }) => {
        for (const line of text.split(/\r?\n/)) {
          if (line.trim() === "") continue;
          tail.push(line);
          if (tail.length > TAIL_LINES) tail.shift();
          onLine(line);
        }
      },
    },
  );
  // Programs that know nothing of tau leave it alone.
  launched.channel.listen({ message: () => {}, fault: () => {}, closed: () => {} });
  const end = (): void => void launched.kill();
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted === true) end();
  try {
    return { ...(await launched.exited), tail };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

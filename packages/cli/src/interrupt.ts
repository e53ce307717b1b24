import { CliError, EXIT_CODES } from "./errors.ts";

/** Why a command stops before its end. */
export class Interruption extends CliError {
  override name = "Interruption";
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Aborts when the user (Ctrl-C, `kill`) or the reader of stdout (`| head -1`) has had enough, so that commands can end in
 * order. A second signal does not wait for that.
 */
export function watchInterruptions(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      // Extensions are looked after by a process of their own, which ends them when this one is gone.
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(new Interruption(`Stopped by ${name}.`, exitCode));
    });
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    controller.abort(new Interruption("", EXIT_CODES.done));
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return controller.signal;
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

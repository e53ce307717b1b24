/** What the command's exit code says. Documented in `tau --help`. */
export const EXIT_CODES = { done: 0, failed: 1, wrongUsage: 2 } as const;

/** Something expected went wrong: people get the message, scripts the exit code. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT_CODES.failed) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong: nothing was tried. */
export function wrongUsage(message: string): CliError {
  return new CliError(message, EXIT_CODES.wrongUsage);
}

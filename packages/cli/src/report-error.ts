import { isTauError, type TauError } from "tau-protocol";
import { CliError, EXIT_CODES } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

/** Writes an error to stderr and answers the exit code it stands for. */
export function reportError(error: unknown, { note, noteColors }: Terminal): number {
  const label = noteColors.red("error:");
  if (error instanceof CliError) {
    if (error.message !== "") note(`${label} ${error.message}`);
    return error.exitCode;
  }
  if (isTauError(error)) {
    note(`${label} ${error.message}`);
    const stack = framesOf(error);
    if (stack !== undefined) note(noteColors.dim(stack));
    return EXIT_CODES.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  note(`${label} This should not happen; it is a bug in tau.\n${noteColors.dim(text)}`);
  return EXIT_CODES.failed;
}

/** Where in the author's source it went wrong, unless the message has it already. */
function framesOf({ message, remoteStack }: TauError): string | undefined {
  const frames = remoteStack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  const [first] = frames;
  return first === undefined || message.includes(first.trim()) ? undefined : frames.join("\n");
}

import type { CommandContext } from "@stricli/core";
import type { JsonObject } from "tau-protocol";
import { watchInterruptions } from "./interrupt.ts";
import { reportError } from "./report-error.ts";
import { createTerminal, type Streams, type Terminal } from "./terminal.ts";

/** What every command is given, as its `this`. */
export interface TauContext extends CommandContext {
  /** stricli writes what it makes of the command line to `exitCode`. */
  readonly process: Streams & { exitCode?: number };
  readonly terminal: Terminal;
  /** Aborts when the command should end early; see {@link watchInterruptions}. */
  readonly signal: AbortSignal;
  /** Flags of the command line that are none of tau's: extensions may know them. */
  readonly extensionFlags: JsonObject;
  /** What the process exits with, unless the command line could not even be read. */
  exitCode: number;
}

export function createContext(process: NodeJS.Process, extensionFlags: JsonObject = {}): TauContext {
  const { stdin, stdout, stderr, env } = process;
  const streams = { stdin, stdout, stderr, env };
  const signal = watchInterruptions(process);
  return { process: streams, terminal: createTerminal(streams), signal, extensionFlags, exitCode: 0 };
}

/** Runs a command's work. A failure is reported and becomes the exit code; it is not thrown. */
export async function runCommand(context: TauContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // Whatever broke after an interruption broke because of it.
    const cause: unknown = context.signal.aborted ? context.signal.reason : error;
    context.exitCode = reportError(cause, context.terminal);
  }
}

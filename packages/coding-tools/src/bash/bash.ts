import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExtensionApi, ToolResult } from "tau-ext";
import { findDirectory } from "../files.ts";
import { answering, Problem } from "../problem.ts";
import { byteLength, showBytes } from "../sizes.ts";
import type { Workspace } from "../workspace.ts";
import { LiveOutput } from "./live-output.ts";
import { OutputLog } from "./output-log.ts";
import { type CommandOutcome, runCommand } from "./run-command.ts";

const DEFAULT_TIMEOUT_SECONDS = 120;

/** Hosts give a call ten minutes; what stops by itself before that shows its output. */
const MAX_TIMEOUT_SECONDS = 590;

/** Bytes. The system takes no longer arguments. */
const MAX_COMMAND_BYTES = 120 * 1024;

export function addBash(api: ExtensionApi, workspace: Workspace): void {
  api.registerTool({
    name: "bash",
    label: "Run a command",
    description:
      "Runs a bash command in the working directory and answers its output and exit code. Each call is a new shell; there is no input. " +
      "Long output is shown by its beginning and end, and kept whole in a file.",
    parameters: {
      type: "object",
      properties: {
        command: { type: "string", minLength: 1 },
        timeoutSeconds: {
          type: "number",
          exclusiveMinimum: 0,
          maximum: MAX_TIMEOUT_SECONDS,
          description: `When it is stopped with all it started; ${DEFAULT_TIMEOUT_SECONDS} if left out`,
        },
      },
      required: ["command"],
      additionalProperties: false,
    },

    execute: ({ command, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }, { signal, progress }) =>
      answering(signal, async () => {
        if (byteLength(command) > MAX_COMMAND_BYTES) {
          throw new Problem(
            `A command has at most ${showBytes(MAX_COMMAND_BYTES)}. Use write for a script, and run that.`,
          );
        }
        const { path: cwd } = await findDirectory(workspace, ".");
        const log = new OutputLog(join(workspace.environment["TMPDIR"] ?? tmpdir(), `tau-bash-${randomUUID()}.txt`));
        const live = new LiveOutput(progress);
        const onOutput = (chunk: Buffer): void => {
          log.push(chunk);
          live.push(chunk);
        };
        const { environment } = workspace;
        const timeoutMs = timeoutSeconds * 1000;
        const outcome = await runCommand({ command, cwd, environment, timeoutMs, signal, onOutput });
        live.stop();
        if (outcome.background.length > 0) log.keep();
        void outcome.closed.then(() => log.close());
        signal.throwIfAborted();
        return describe(outcome, log, timeoutSeconds);
      }),
  });
}

function describe(outcome: CommandOutcome, log: OutputLog, timeoutSeconds: number): ToolResult {
  const { ended, exitCode, endSignal, durationMs, background } = outcome;
  const notes = [endNote(outcome, timeoutSeconds), backgroundNote(background, log.path)].flat();
  const text = [log.text(), ...notes].filter((part) => part !== "").join("\n\n");
  const isError = ended !== "exit" || exitCode !== 0;
  const details = {
    ended,
    exitCode,
    endSignal,
    durationMs: Math.round(durationMs),
    outputBytes: log.total,
    ...(log.path === undefined ? {} : { outputFile: log.path }),
    ...(background.length === 0 ? {} : { background }),
  };
  const shown = text === "" ? "(no output)" : text;
  return isError ? ToolResult.error(shown, { details }) : ToolResult.text(shown, { details });
}

function endNote({ ended, exitCode, endSignal }: CommandOutcome, timeoutSeconds: number): string[] {
  if (ended === "timeout") {
    return [
      `[Stopped after ${timeoutSeconds} s, with all it started. Give it more timeoutSeconds, or run it with & and a log file.]`,
    ];
  }
  if (endSignal !== null) return [`[Ended by ${endSignal}]`];
  return exitCode === 0 ? [] : [`[Exit code ${exitCode}]`];
}

function backgroundNote(background: readonly number[], path: string | undefined): string[] {
  if (background.length === 0) return [];
  const where = path === undefined ? "" : ` What it writes goes to ${path}.`;
  return [`[Still running in the background: ${background.join(", ")}.${where}]`];
}

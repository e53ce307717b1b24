import { isTauError, TauError } from "tau-protocol";
import type { LaunchParams } from "./messages.ts";

/** What the launcher's error means to whoever asked for a process. */
export function launchError(error: unknown, { command, cwd }: Pick<LaunchParams, "command" | "cwd">): TauError {
  if (!isTauError(error)) return new TauError("spawn-failed", `\`${command}\` could not be started.`, { cause: error });
  const code = (error.detail as { code?: string } | undefined)?.code;
  const facts = { executed: "no", cause: error } as const;
  if (code === "ENOENT") {
    const text = `Expected a command that exists, got \`${command}\`, which is not in PATH and no file seen from ${cwd}.`;
    return new TauError("command-not-found", text, facts);
  }
  if (code === "EACCES") {
    const text = `Expected \`${command}\` to be executable, got "permission denied". Try: chmod +x ${command}`;
    return new TauError("command-not-executable", text, facts);
  }
  if (error.code === "launcher-failed") return error;
  return new TauError("spawn-failed", `\`${command}\` could not be started: ${error.message}`, facts);
}

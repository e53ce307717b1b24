import { TauError } from "tau-protocol";
import type { TauContext } from "./context.ts";
import type { ErrorReport, ExtensionReport, ReloadReport } from "./control/messages.ts";
import { reportError } from "./report-error.ts";

/** What a reload came to. A failure is shown as it would be where it happened, and becomes the exit code. */
export function reportReload({ extension, changed, error }: ReloadReport, context: TauContext): void {
  const { terminal } = context;
  const { id, state, generation } = extension;
  if (error !== null) {
    context.exitCode = reportError(toTauError(error), terminal);
    terminal.note(whatServes(extension));
  } else if (changed) {
    terminal.print(`${id}: version ${generation} is ${state}.`);
  } else {
    terminal.print(`${id}: nothing to do, version ${generation} is ${state}.`);
  }
}

function whatServes({ id, state, generation, pid }: ExtensionReport): string {
  if (pid !== null) return `${id}: version ${generation} serves on.`;
  if (state === "idle" || state === "restarting" || state === "waking") return `${id}: the old version is ${state}.`;
  return `${id}: no version serves, it is ${state}.`;
}

function toTauError({ code, message, ...facts }: ErrorReport): TauError {
  return new TauError(code, message, facts);
}

import type { ExtensionChange } from "tau-host";
import { isTauError } from "tau-host";
import { reportError } from "./report-error.ts";
import type { Terminal } from "./terminal.ts";

/** What happens to extensions while a command stays, for people, on stderr. */
export class ChangeNotes {
  readonly #terminal: Terminal;
  /** One crash fails calls as well, each with the same words. */
  readonly #told = new Set<string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  tell({ extensionId, from, to, generation, reason, error }: ExtensionChange): void {
    if (error !== undefined) {
      this.fail(error);
      const serving = to === "ready" ? ` (version ${generation} serves on)` : "";
      this.#note(`${extensionId}: ${reason}${serving}`);
    } else if (to === "reloading" || to === "starting") {
      this.#told.clear();
    } else if (to === "ready" && from !== "ready" && !QUIET.has(reason)) {
      this.#note(`${extensionId}: ${reason}, version ${generation}`);
    }
  }

  /** Tells an error once until the next change. */
  fail(error: unknown): void {
    if (isTauError(error)) {
      if (this.#told.has(error.message)) return;
      this.#told.add(error.message);
    }
    reportError(error, this.#terminal);
  }

  #note(text: string): void {
    this.#terminal.note(this.#terminal.noteColors.dim(text));
  }
}

/** Nothing is new after these. */
const QUIET: ReadonlySet<string> = new Set(["unchanged", "gave way to a newer version"]);

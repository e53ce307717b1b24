import type { Diagnostic } from "tau-protocol";
import { asRecord } from "../as-record.ts";

export interface CargoOutputOptions {
  /** What the compiler's paths mean. */
  toFile: (path: string) => string;
  /** How many crates there are, as far as that is known. */
  crates: number;
  onNote: (text: string) => void;
}

/** Reads what `cargo build --message-format=json` says. Source: https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages */
export class CargoOutput {
  readonly diagnostics: Diagnostic[] = [];
  /** The program, when it is there. */
  program: string | undefined;
  readonly #options: CargoOutputOptions;
  #done = 0;

  constructor(options: CargoOutputOptions) {
    this.#options = options;
  }

  line(text: string): void {
    if (text.startsWith("{")) this.#message(text);
    else {
      const [, crate] = /^\s*Compiling (\S+) v/.exec(text) ?? [];
      const { onNote, crates } = this.#options;
      if (crate !== undefined) onNote(`compiling ${crate} (${this.#done + 1} of ${Math.max(crates, this.#done + 1)})`);
      else if (/^\s*(Downloading|Downloaded|Updating|Blocking)/.test(text)) onNote(text.trim());
    }
  }

  #message(text: string): void {
    const { reason, message, executable } = parse(text);
    if (reason === "compiler-artifact") {
      this.#done += 1;
      if (typeof executable === "string") this.program = executable;
    }
    if (reason === "compiler-message") this.#complain(asRecord(message));
  }

  #complain({ level, message, rendered, spans }: Record<string, unknown>): void {
    if (level !== "error" && level !== "error: internal compiler error") return;
    const all = Array.isArray(spans) ? spans.map(asRecord) : [];
    const span = all.find(({ is_primary: isPrimary }) => isPrimary === true);
    // `aborting due to 2 previous errors` is about nothing.
    if (span === undefined && String(message).startsWith("aborting due to")) return;
    const shown = typeof rendered === "string" ? rendered.trimEnd() : String(message);
    const { file_name: file, line_start: line, column_start: column } = span ?? {};
    this.diagnostics.push({
      severity: "error",
      message: shown,
      ...(typeof file === "string" ? { file: this.#options.toFile(file) } : {}),
      ...(typeof line === "number" ? { line } : {}),
      ...(typeof column === "number" ? { column } : {}),
    });
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    // A build script's own print.
    return {};
  }
}

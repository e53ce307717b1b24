import { parse } from "smol-toml";
import { TauError } from "tau-protocol";

/** A single file's manifest, and the rest of it with every line where it was. */
export interface RustScript {
  manifest: Record<string, unknown>;
  body: string;
}

/**
 * Cargo's single-file form: an optional `#!` line, then a manifest between `---` lines (also ` ---cargo `), then Rust.
 * Source: https://github.com/rust-lang/rfcs/blob/master/text/3502-cargo-script.md
 * @throws TauError `build-failed` with the place
 */
export function readRustScript(file: string, source: string): RustScript {
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  const start = lines.findIndex((line, index) => line.trim() !== "" && !(index === 0 && isShebang(line)));
  const opening = /^(-{3,})\s*(\w*)\s*$/.exec(lines[start] ?? "");
  if (opening === null) return { manifest: {}, body: blank(lines, isShebang(lines[0] ?? "") ? 1 : 0) };
  const [, fence = "---", kind = ""] = opening;
  if (kind !== "" && kind !== "cargo")
    throw wrong(file, start + 1, `Expected a manifest of the kind \`cargo\`, got \`${kind}\`.`);
  const end = lines.findIndex((line, index) => index > start && line.trimEnd() === fence);
  if (end === -1) throw wrong(file, start + 1, `Expected a line \`${fence}\` that ends the manifest, found none.`);
  try {
    return { manifest: parse(lines.slice(start + 1, end).join("\n")), body: blank(lines, end + 1) };
  } catch (error) {
    const { line = 1, message } = error as Error & { line?: number };
    throw wrong(file, start + 1 + line, `The manifest is not TOML: ${message.split("\n", 1)[0]}`);
  }
}

/** `#![…]` is an attribute. */
function isShebang(line: string): boolean {
  return line.startsWith("#!") && !line.startsWith("#![");
}

/** Lines stay where they are, so that the compiler's places are the file's. */
function blank(lines: readonly string[], count: number): string {
  return lines.map((line, index) => (index < count ? "" : line)).join("\n");
}

function wrong(file: string, line: number, message: string): TauError {
  return new TauError("build-failed", `${file} could not be built:\n${file}:${line}:1: ${message}`, {
    phase: "build",
    executed: "no",
    diagnostics: [{ severity: "error", message, file, line, column: 1 }],
  });
}

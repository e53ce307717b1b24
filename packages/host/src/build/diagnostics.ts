import { isBuiltin } from "node:module";
import { resolve } from "node:path";
import type { Message } from "esbuild";
import { type Diagnostic, TauError } from "tau-protocol";
import { packageName } from "./imports.ts";
import type { BuildTarget } from "./messages.ts";

export interface BuildPlace {
  directory: string;
  target: BuildTarget;
}

export function toDiagnostic({ text, location }: Message, place: BuildPlace): Diagnostic {
  if (location === null) return { severity: "error", message: text };
  const { file, line, column, lineText } = location;
  return {
    severity: "error",
    message: hint(text, place),
    file: resolve(place.directory, file),
    line,
    column: column + 1,
    lineText,
  };
}

export function buildError(entry: string, diagnostics: readonly Diagnostic[]): TauError {
  const text = diagnostics.map(formatDiagnostic).join("\n");
  return new TauError("build-failed", `${entry} could not be built:\n${text}`, {
    phase: "build",
    executed: "no",
    diagnostics,
  });
}

/** `file:line:column: message`, the line, and a mark under the column. */
export function formatDiagnostic({ file, line, column, message, lineText }: Diagnostic): string {
  const place = file === undefined ? "" : `${file}:${line ?? 1}:${column ?? 1}: `;
  if (lineText === undefined || column === undefined) return `${place}${message}`;
  return `${place}${message}\n    ${lineText}\n    ${" ".repeat(Math.max(0, column - 1))}^`;
}

function hint(text: string, { directory, target }: BuildPlace): string {
  const name = /^Could not resolve "([^"./][^"]*)"/.exec(text)?.[1];
  if (target === "guest" && name !== undefined && isBuiltin(name))
    return `An extension with isolation "wasm" can't import "${name}": there is nothing of Node's in a guest. Leave the import out, or run the extension with isolation "sandbox"`;
  return name === undefined || name.startsWith("tau-ext")
    ? text
    : `${text}. Is it installed? Try: npm install ${packageName(name)} --prefix ${directory}`;
}

import { resolve } from "node:path";
import type { Message } from "esbuild";
import { type Diagnostic, TauError } from "tau-protocol";
import { packageName } from "./imports.ts";

export function toDiagnostic({ text, location }: Message, directory: string): Diagnostic {
  if (location === null) return { severity: "error", message: text };
  const { file, line, column, lineText } = location;
  return {
    severity: "error",
    message: hint(text, directory),
    file: resolve(directory, file),
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

function hint(text: string, directory: string): string {
  const name = /^Could not resolve "([^"./][^"]*)"/.exec(text)?.[1];
  return name === undefined || name.startsWith("tau-ext")
    ? text
    : `${text}. Is it installed? Try: npm install ${packageName(name)} --prefix ${directory}`;
}

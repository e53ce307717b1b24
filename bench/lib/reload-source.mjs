// The extension that is saved again and again: a setup with one tool, which answers its version. It imports no SDK, so that every
// contestant runs the same text.

/** @param {string} prefix @param {number} lines */
const functions = (prefix, lines) =>
  Array.from(
    { length: lines },
    (_, i) => `export function ${prefix}${i}(a: number, b: string): string { return b.repeat(a) + "${prefix}${i}"; }`,
  ).join("\n");

/** @param {string} version @param {number} files */
export function mainSource(version, files) {
  const parts = Array.from({ length: files - 1 }, (_, i) => i + 1);
  return [
    ...parts.map((part) => `import { p${part}x0 } from "./part${part}.ts";`),
    functions("f", Math.floor(190 / files)),
    `interface Api { registerTool(tool: object): void }`,
    `export default function setup(api: Api): void {`,
    `  api.registerTool({`,
    `    name: "version", description: "", parameters: { type: "object" },`,
    `    execute: async () => ({ content: [{ type: "text", text: ${JSON.stringify(version)} as string }] }),`,
    `  });`,
    ...parts.map((part) => `  p${part}x0(1, "x");`),
    `}`,
    "",
  ].join("\n");
}

/** @param {number} part @param {number} files */
export const partSource = (part, files) => `${functions(`p${part}x`, Math.floor(190 / files))}\n`;

// So many small extensions, each a file with a tool and an event that it hears.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const COUNTS = { none: 0, one: 1, ten: 10, fifty: 50 };

/** Gives the paths. @param {string} directory @param {number} count */
export function writeSources(directory, count) {
  mkdirSync(directory, { recursive: true });
  return Array.from({ length: count }, (_, index) => {
    const path = join(directory, `extension-${index}.ts`);
    writeFileSync(
      path,
      `import { ToolResult, type ExtensionApi } from "tau-ext";
export default function setup(api: ExtensionApi) {
  const parameters = { type: "object", properties: { text: { type: "string" } }, required: ["text"] } as const;
  api.registerTool({ name: "tool_${index}", description: "Echo", parameters, execute: ({ text }) => ToolResult.text(text) });
  api.on("turn_end", () => {});
}
`,
    );
    return path;
  });
}

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stage } from "./stage.ts";

/** The source of an extension that the tour writes itself: a shell for the gate to watch, and a tool that crashes. */
const SOURCE = `import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ToolResult, type ExtensionApi } from "tau-ext";

export default function setup(api: ExtensionApi) {
  api.registerTool({
    name: "bash",
    description: "Runs a shell command",
    parameters: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
    async execute({ command }, { signal }) {
      const { stdout } = await promisify(execFile)("sh", ["-c", command], { signal });
      return ToolResult.text(stdout);
    },
  });
  api.registerTool({
    name: "crash",
    description: "Ends its process in the middle of a call",
    parameters: { type: "object" },
    execute() {
      console.error("about to fall over");
      setTimeout(() => { throw new Error("a stray timer threw"); });
      return new Promise<never>(() => {});
    },
  });
}
`;

export async function writeWorkbench({ folder }: Stage): Promise<string> {
  const file = join(folder, "workbench.ts");
  await writeFile(file, SOURCE);
  return file;
}

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ExtensionApi } from "tau-ext";

const NAMES = ["AGENTS.md", "TAU.md"];
const MAX_LENGTH = 50_000;

export default function setup(api: ExtensionApi) {
  api.on("before_agent_start", async ({ systemPrompt }) => {
    const files = folders(api.cwd).flatMap((folder) => NAMES.map((name) => join(folder, name)));
    const texts = await Promise.all(files.map(read));
    const instructions = texts.filter((text) => text !== "");
    if (instructions.length === 0) return undefined;
    return { modify: { systemPrompt: [systemPrompt, ...instructions].join("\n\n") } };
  });
}

/** From the root down to the folder. */
function folders(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...folders(parent), folder];
}

async function read(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text === "" ? "" : `Instructions of ${path}:\n\n${text.slice(0, MAX_LENGTH)}`;
}

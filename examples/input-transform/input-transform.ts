import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { ExtensionApi } from "tau-ext";

const MAX_BYTES = 100_000;

export default function setup(api: ExtensionApi) {
  api.on("input", async ({ text, source }) => {
    if (source !== "user") return undefined;
    const names = new Set([...text.matchAll(/(?<=^|\s)@([\w./-]*\w)/g)].map(([, name = ""]) => name));
    const files = await Promise.all([...names].map((name) => show(name, resolve(api.cwd, name))));
    const found = files.filter((file) => file !== "");
    return found.length === 0 ? undefined : { modify: { text: [text, ...found].join("\n\n") } };
  });
}

async function show(name: string, path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() !== true) return "";
  if (info.size > MAX_BYTES) return `${name} has ${info.size} bytes: read the part you need.`;
  const text = await readFile(path, "utf8");
  return text.includes("\0") ? `${name} is no text.` : `${name}:\n\`\`\`\n${text.trimEnd()}\n\`\`\``;
}

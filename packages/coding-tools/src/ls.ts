import type { Dirent } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { type ExtensionApi, ToolResult } from "tau-ext";
import { explain, findDirectory } from "./files.ts";
import { answering } from "./problem.ts";
import { fitLines } from "./sizes.ts";
import type { Workspace } from "./workspace.ts";

const DEFAULT_LIMIT = 500;

export function addLs(api: ExtensionApi, workspace: Workspace): void {
  api.registerTool({
    name: "ls",
    label: "List a directory",
    description: "Lists a directory by name, hidden files too. Directories end in /, symlinks show where they lead.",
    parameters: {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "The directory; the working directory if left out" },
        limit: { type: "integer", minimum: 1, description: `How many entries at most; ${DEFAULT_LIMIT} if left out` },
      },
      additionalProperties: false,
    },
    idempotent: true,

    execute: ({ path = ".", limit = DEFAULT_LIMIT }, { signal }) =>
      answering(signal, async () => {
        const directory = await findDirectory(workspace, path);
        const entries = await readdir(directory.path, { withFileTypes: true }).catch(async (error: unknown) => {
          throw await explain(error, workspace.resolve(path), workspace);
        });
        entries.sort((a, b) => (a.name < b.name ? -1 : 1));
        const lines = await Promise.all(entries.slice(0, limit).map((entry) => describe(entry, directory.path)));
        return answer(directory.shown, lines, entries.length);
      }),
  });
}

function answer(shown: string, lines: string[], total: number): ToolResult {
  const details = { path: shown, total };
  if (total === 0) return ToolResult.text(`(${shown} is empty)`, { details });
  const fitting = fitLines(lines);
  const note = fitting.length < total ? `\n\n[${fitting.length} of ${total} entries. Use find to narrow it down.]` : "";
  return ToolResult.text(fitting.join("\n") + note, { details });
}

async function describe(entry: Dirent, directory: string): Promise<string> {
  if (entry.isDirectory()) return `${entry.name}/`;
  if (!entry.isSymbolicLink()) return entry.name;
  // Gone since the directory was read: its name is all there is to tell.
  const target = await readlink(join(directory, entry.name)).catch(() => undefined);
  return target === undefined ? entry.name : `${entry.name} -> ${target}`;
}

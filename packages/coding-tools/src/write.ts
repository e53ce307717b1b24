import { readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type ExtensionApi, ToolResult } from "tau-ext";
import { explain, refuseOthers } from "./files.ts";
import { answering } from "./problem.ts";
import { save } from "./save.ts";
import { byteLength, count, showBytes } from "./sizes.ts";
import type { Workspace } from "./workspace.ts";

export function addWrite(api: ExtensionApi, workspace: Workspace): void {
  api.registerTool({
    name: "write",
    label: "Write a file",
    description:
      "Writes a whole file: makes it and its directories, or replaces what is in it. To change a part of a file, use edit.",
    parameters: {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "The file, seen from the working directory" },
        content: { type: "string", description: "Everything that will be in it" },
      },
      required: ["path", "content"],
      additionalProperties: false,
    },
    idempotent: true,

    execute: ({ path, content }, { signal }) =>
      answering(signal, async () => {
        const absolute = workspace.resolve(path);
        try {
          const file = await realFile(absolute);
          return await workspace.locks.run(file, async () => {
            const shown = workspace.show(absolute);
            await refuseDevices(file, shown);
            signal.throwIfAborted();
            await save(file, content);
            return describe(shown, content);
          });
        } catch (error) {
          throw await explain(error, absolute, workspace);
        }
      }),
  });
}

/** Where the path leads. What is not there yet is named by the nearest directory that is. */
async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) throw error;
    const directory = await realFile(parent);
    // A symlink whose target is missing: that is what will be made.
    const target = await readlink(path).catch(() => undefined);
    return target === undefined ? join(directory, basename(path)) : realFile(resolve(directory, target));
  }
}

/** Putting a file in the place of `/dev/null` would take it from the whole machine. */
async function refuseDevices(file: string, shown: string): Promise<void> {
  const stats = await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (stats !== undefined) refuseOthers({ shown, stats });
}

function describe(shown: string, content: string): ToolResult {
  const lines = content === "" ? 0 : content.split("\n").length - (content.endsWith("\n") ? 1 : 0);
  const bytes = byteLength(content);
  return ToolResult.text(`Wrote ${shown}: ${count(lines, "line")}, ${showBytes(bytes)}.`, {
    details: { path: shown, lines, bytes },
  });
}

import { stat } from "node:fs/promises";
import { type ExtensionApi, ToolResult } from "tau-ext";
import { explain, findFile, type FoundFile } from "../files.ts";
import { answering, Problem } from "../problem.ts";
import { save } from "../save.ts";
import { count, fitLines } from "../sizes.ts";
import type { Workspace } from "../workspace.ts";
import { applyEdits, type Edit } from "./apply-edits.ts";
import { unifiedDiff } from "./diff.ts";
import { readTextFile } from "./text-file.ts";

export function addEdit(api: ExtensionApi, workspace: Workspace): void {
  api.registerTool({
    name: "edit",
    label: "Change a file",
    description:
      "Replaces pieces of a file. Each oldText must be in the file exactly once, with all its white space, or replaceAll set. " +
      "All edits of a call are made, or none; they are looked for in the file as it was and must not overlap.",
    parameters: {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "The file, seen from the working directory" },
        edits: {
          type: "array",
          minItems: 1,
          items: {
            type: "object",
            properties: {
              oldText: { type: "string", minLength: 1, description: "What is there now" },
              newText: { type: "string", description: "What takes its place; empty to delete" },
              replaceAll: { type: "boolean", description: "Replace it wherever it is" },
            },
            required: ["oldText", "newText"],
            additionalProperties: false,
          },
        },
      },
      required: ["path", "edits"],
      additionalProperties: false,
    },

    execute: ({ path, edits }, { signal }) =>
      answering(signal, async () => {
        try {
          const { path: file } = await findFile(workspace, path);
          // Found again under the lock: the edit before may have changed its size.
          return await workspace.locks.run(file, async () => change(await findFile(workspace, path), edits, signal));
        } catch (error) {
          throw await explain(error, workspace.resolve(path), workspace);
        }
      }),
  });
}

async function change(file: FoundFile, edits: readonly Edit[], signal: AbortSignal): Promise<ToolResult> {
  const before = await readTextFile(file, signal);
  const { content, replacements } = applyEdits(before, edits, file.shown);
  const diff = unifiedDiff(file.shown, before.bom + before.raw, content);
  signal.throwIfAborted();
  await refuseIfChanged(file);
  await save(file.path, content);
  const head = `Changed ${file.shown}: ${count(replacements, "replacement")}.`;
  const details = { path: file.shown, replacements, ...(diff === undefined ? {} : { diff }) };
  return ToolResult.text(`${head}\n\n${showDiff(diff)}`, { details });
}

/** Our own changes wait for each other; editors and formatters do not know of that. */
async function refuseIfChanged({ path, shown, stats }: FoundFile): Promise<void> {
  const now = await stat(path);
  if (now.mtimeMs === stats.mtimeMs && now.size === stats.size && now.ino === stats.ino) return;
  throw new Problem(`${shown} was changed by another program meanwhile. Nothing was written; read it and try again.`);
}

/** Lines of a diff that the model sees; it knows what it wrote. */
const MAX_DIFF_LINES = 200;
const MAX_DIFF_BYTES = 20 * 1024;

function showDiff(diff: string | undefined): string {
  if (diff === undefined) return "(More lines changed than a diff is of use for.)";
  const lines = diff.trimEnd().split("\n");
  const shown = fitLines(lines, MAX_DIFF_LINES, MAX_DIFF_BYTES);
  return shown.join("\n") + (shown.length < lines.length ? `\n[${lines.length - shown.length} more lines]` : "");
}

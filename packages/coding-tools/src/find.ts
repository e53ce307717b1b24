import { type ExtensionApi, ToolResult } from "tau-ext";
import { explain, findDirectory } from "./files.ts";
import { Glob } from "./glob.ts";
import { answering } from "./problem.ts";
import { fitLines, MAX_LINES } from "./sizes.ts";
import { walk } from "./walk.ts";
import { Watchdog } from "./watchdog.ts";
import type { Workspace } from "./workspace.ts";

const DEFAULT_LIMIT = 500;

const HOW_TO_GO_ON = `Narrow the pattern or raise limit, which is at most ${MAX_LINES}.`;

export function addFind(api: ExtensionApi, workspace: Workspace): void {
  const watchdog = new Watchdog();
  api.registerTool({
    name: "find",
    label: "Find files",
    description:
      "Finds files and directories by a glob pattern: *.ts for names anywhere, src/**/*.ts for paths, test/ for directories. " +
      "Leaves out what .gitignore names. Directories end in /.",
    parameters: {
      type: "object",
      properties: {
        pattern: { type: "string", minLength: 1, description: "With a slash it is seen from path" },
        path: { type: "string", minLength: 1, description: "Where to look; the working directory if left out" },
        includeIgnored: { type: "boolean", description: "Also what .gitignore names" },
        limit: { type: "integer", minimum: 1, description: `How many at most; ${DEFAULT_LIMIT} if left out` },
      },
      required: ["pattern"],
      additionalProperties: false,
    },
    idempotent: true,

    execute: ({ pattern, path = ".", includeIgnored = false, limit: wanted = DEFAULT_LIMIT }, { signal }) =>
      answering(signal, async () => {
        const limit = Math.min(wanted, MAX_LINES);
        try {
          const { path: root } = await findDirectory(workspace, path);
          const glob = new Glob(pattern, watchdog);
          const found: string[] = [];
          for await (const entries of walk({ root, includeIgnored, signal })) {
            for (const entry of glob.choose(entries)) {
              found.push(workspace.show(entry.path) + (entry.isDirectory ? "/" : ""));
            }
            if (found.length > limit) break;
          }
          return describe(found, limit, pattern);
        } catch (error) {
          throw await explain(error, workspace.resolve(path), workspace);
        }
      }),
  });
}

function describe(found: readonly string[], limit: number, pattern: string): ToolResult {
  const shown = fitLines(found.slice(0, limit));
  const isCut = shown.length < found.length;
  const details = { found: shown.length, isCut };
  if (found.length === 0) return ToolResult.text(`Nothing fits ${pattern}.`, { details });
  const note = isCut ? `\n\n[The first ${shown.length}; there are more. ${HOW_TO_GO_ON}]` : "";
  return ToolResult.text(shown.join("\n") + note, { details });
}

import { stat } from "node:fs/promises";
import type { ExtensionApi } from "tau-ext";
import { explain, find } from "../files.ts";
import { Glob } from "../glob.ts";
import { answering } from "../problem.ts";
import { MAX_LINES } from "../sizes.ts";
import { walk } from "../walk.ts";
import { Watchdog } from "../watchdog.ts";
import type { Workspace } from "../workspace.ts";
import { compilePattern } from "./search-pattern.ts";
import { Search } from "./search.ts";

const DEFAULT_LIMIT = 100;

export function addGrep(api: ExtensionApi, workspace: Workspace): void {
  const watchdog = new Watchdog();
  api.registerTool({
    name: "grep",
    label: "Search in files",
    description:
      "Searches files line by line for a regular expression (JavaScript's). Answers path:line: text. " +
      "Leaves out binary files and what .gitignore names.",
    parameters: {
      type: "object",
      properties: {
        pattern: { type: "string", minLength: 1 },
        path: { type: "string", minLength: 1, description: "A file or directory; the working directory if left out" },
        glob: { type: "string", minLength: 1, description: "Only files that fit: *.ts, src/**/*.md" },
        ignoreCase: { type: "boolean" },
        literal: { type: "boolean", description: "The pattern is plain text" },
        context: { type: "integer", minimum: 0, maximum: 20, description: "Lines to show around each; 0 if left out" },
        includeIgnored: { type: "boolean", description: "Also what .gitignore names" },
        limit: { type: "integer", minimum: 1, description: `Matching lines at most; ${DEFAULT_LIMIT} if left out` },
      },
      required: ["pattern"],
      additionalProperties: false,
    },
    idempotent: true,

    execute: (params, { signal }) =>
      answering(signal, async () => {
        const { pattern: source, path = ".", ignoreCase = false, literal = false } = params;
        const { context = 0, includeIgnored = false } = params;
        const limit = Math.min(params.limit ?? DEFAULT_LIMIT, MAX_LINES);
        try {
          const pattern = compilePattern({ pattern: source, ignoreCase, literal });
          const glob = params.glob === undefined ? undefined : new Glob(params.glob, watchdog);
          const root = (await find(workspace, path)).path;
          const search = new Search(workspace, { context, limit, pattern, watchdog, signal });
          for await (const files of filesOf({ root, includeIgnored, signal }, glob)) {
            if (await search.in(files)) break;
          }
          return search.result(source);
        } catch (error) {
          throw await explain(error, workspace.resolve(path), workspace);
        }
      }),
  });
}

/** A file that is named is searched whatever the glob says of it: naming it is plainer. */
async function* filesOf(options: Parameters<typeof walk>[0], glob: Glob | undefined): AsyncGenerator<string[]> {
  if ((await stat(options.root)).isFile()) return yield [options.root];
  for await (const entries of walk(options)) {
    const files = entries.filter(({ isDirectory }) => !isDirectory);
    yield (glob === undefined ? files : glob.choose(files)).map(({ path }) => path);
  }
}

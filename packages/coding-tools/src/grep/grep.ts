import { stat } from "node:fs/promises";
import { type ExtensionApi, ToolResult } from "tau-ext";
import { explain, find } from "../files.ts";
import { Glob } from "../glob.ts";
import { answering } from "../problem.ts";
import { count, fitLines, showBytes } from "../sizes.ts";
import { walk } from "../walk.ts";
import { Watchdog } from "../watchdog.ts";
import type { Workspace } from "../workspace.ts";
import { MAX_SEARCHED_LENGTH, scanFile, type ScanOptions } from "./scan-file.ts";
import { compilePattern } from "./search-pattern.ts";
import { showMatches } from "./show-matches.ts";

const DEFAULT_LIMIT = 100;

/** Bytes. Larger files are data. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

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
        const { pattern: source, path = ".", ignoreCase = false, literal = false, limit = DEFAULT_LIMIT } = params;
        const { context = 0, includeIgnored = false } = params;
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

class Search {
  readonly #workspace: Workspace;
  readonly #options: ScanOptions & { context: number };
  readonly #shown: string[] = [];
  #matches = 0;
  #files = 0;
  #skipped = 0;
  #longLines = 0;

  constructor(workspace: Workspace, options: ScanOptions & { context: number }) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /** @returns whether there are as many matches as were wanted, and one more */
  async in(files: readonly string[]): Promise<boolean> {
    for (const path of files) {
      await this.#inFile(path);
      if (this.#matches > this.#options.limit) return true;
    }
    return false;
  }

  result(source: string): ToolResult {
    const { limit } = this.#options;
    const isCut = this.#matches > limit;
    const shown = fitLines(this.#shown);
    const notes = [
      isCut
        ? `The first ${count(limit, "match").replace(/matchs$/, "matches")}; there are more. Narrow it down or raise limit.`
        : "",
      shown.length < this.#shown.length ? "Cut for its length. Narrow it down." : "",
      this.#skipped > 0 ? `${count(this.#skipped, "file")} larger than ${showBytes(MAX_FILE_BYTES)} left out.` : "",
      this.#longLines > 0
        ? `Lines were searched up to ${MAX_SEARCHED_LENGTH} characters; ${this.#longLines} are longer.`
        : "",
    ].filter((note) => note !== "");
    const text = this.#matches === 0 ? `Nothing fits ${source}.` : shown.join("\n");
    const details = { matches: Math.min(this.#matches, limit), files: this.#files, isCut };
    return ToolResult.text([text, ...notes.map((note) => `[${note}]`)].join("\n\n"), { details });
  }

  async #inFile(path: string): Promise<void> {
    const { limit, context } = this.#options;
    const shown = this.#workspace.show(path);
    const stats = await stat(path).catch(() => undefined);
    // A symlink to nowhere, a pipe, or gone since it was listed.
    if (stats?.isFile() !== true) return;
    if (stats.size > MAX_FILE_BYTES) {
      this.#skipped += 1;
      return;
    }
    const left = limit - this.#matches;
    // One more than is shown, to know whether there are more.
    const scanned = await this.#scan(path, shown, left + 1);
    if (scanned === undefined) return;
    this.#longLines += scanned.lines.filter(({ length }) => length > MAX_SEARCHED_LENGTH).length;
    if (scanned.matches.length === 0) return;
    this.#matches += scanned.matches.length;
    const matches = scanned.matches.slice(0, left);
    if (matches.length === 0) return;
    this.#files += 1;
    if (context > 0 && this.#shown.length > 0) this.#shown.push("--");
    this.#shown.push(...showMatches(shown, { lines: scanned.lines, matches }, context));
  }

  async #scan(path: string, shown: string, limit: number): Promise<Awaited<ReturnType<typeof scanFile>>> {
    try {
      return await scanFile(path, shown, { ...this.#options, limit });
    } catch (error) {
      // Others' files, and those that went meanwhile: the rest is worth searching.
      if (["ENOENT", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
      throw error;
    }
  }
}

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import createIgnore, { type Ignore } from "ignore";

interface Layer {
  /** Absolute. */
  directory: string;
  rules: Ignore;
}

/** As git has it where file systems do. */
const IGNORES_CASE = process.platform === "darwin" || process.platform === "win32";

/** What the .gitignore files on the way to a directory leave out; the nearest one that says something counts, as with git. */
export class IgnoreRules {
  readonly #layers: readonly Layer[];

  private constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /**
   * The rules of the directories above, up to the repository's. None where those leave the directory itself out: whoever names it
   * wants to see it.
   */
  static async above(directory: string): Promise<IgnoreRules> {
    const none = new IgnoreRules([]);
    const parents = parentsInRepository(directory);
    const [root] = parents;
    if (root === undefined) return none;
    let rules = await none.#with(root, join(root, ".git", "info", "exclude"));
    for (const parent of parents) rules = await rules.#with(parent, join(parent, ".gitignore"));
    const leftOut = parents
      .slice(1)
      .concat(directory)
      .some((path) => path !== root && rules.ignores(path, true));
    return leftOut ? none : rules;
  }

  /** These and those of a directory below. */
  within(directory: string): Promise<IgnoreRules> {
    return this.#with(directory, join(directory, ".gitignore"));
  }

  /** @param path absolute */
  ignores(path: string, isDirectory: boolean): boolean {
    for (const { directory, rules } of this.#layers) {
      const inside = relative(directory, path).replaceAll(sep, "/");
      const { ignored, unignored } = rules.test(isDirectory ? `${inside}/` : inside);
      if (ignored || unignored) return ignored;
    }
    return false;
  }

  async #with(directory: string, file: string): Promise<IgnoreRules> {
    // Missing or unreadable: git goes on without it, too.
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) return this;
    return new IgnoreRules([
      { directory, rules: createIgnore({ ignorecase: IGNORES_CASE }).add(text) },
      ...this.#layers,
    ]);
  }
}

/** From the repository's directory to the one above; empty outside of one and at its top, whose rules the walk finds itself. */
function parentsInRepository(directory: string): string[] {
  const parents: string[] = [];
  for (let path = directory; ; path = dirname(path)) {
    if (path !== directory) parents.unshift(path);
    if (existsSync(join(path, ".git"))) return parents.length > 0 ? parents : [path];
    if (dirname(path) === path) return [];
  }
}

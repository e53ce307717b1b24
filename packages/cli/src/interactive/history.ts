import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const MAX_ENTRIES = 1000;

/** What the user has typed in a folder: JSON texts, one a line, in a file that only they can read. */
export class History {
  readonly #file: string;
  #entries: string[] = [];
  /** Where in the entries the user is; their number stands for the line that is being typed. */
  #at = 0;
  #draft = "";

  constructor(home: string, cwd: string) {
    const name = createHash("sha256").update(cwd).digest("hex").slice(0, 12);
    this.#file = join(home, "history", `${name}.jsonl`);
  }

  async load(): Promise<void> {
    const text = await readFile(this.#file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const lines = text.split("\n").filter((line) => line !== "");
    this.#entries = lines.slice(-MAX_ENTRIES).flatMap(readEntry);
    this.#at = this.#entries.length;
    // Grown to twice its size it is written anew. What another tau adds in that moment is lost, which is no harm.
    if (lines.length > 2 * MAX_ENTRIES) {
      await writeFile(this.#file, this.#entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), { mode: 0o600 });
    }
  }

  /** Counts at once; the promise resolves when it is on disk. */
  async add(text: string): Promise<void> {
    const isRepeated = this.#entries.at(-1) === text;
    if (!isRepeated) this.#entries.push(text);
    this.#at = this.#entries.length;
    if (isRepeated) return;
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await appendFile(this.#file, `${JSON.stringify(text)}\n`, { mode: 0o600 });
  }

  /** The entry before or after; `undefined` where there is none. What was being typed comes after the last one. */
  move(direction: -1 | 1, present: string): string | undefined {
    const next = this.#at + direction;
    if (next < 0 || next > this.#entries.length) return undefined;
    if (this.#at === this.#entries.length) this.#draft = present;
    this.#at = next;
    return next === this.#entries.length ? this.#draft : this.#entries[next];
  }
}

/** A torn line is none. */
function readEntry(line: string): string[] {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "string" ? [entry] : [];
  } catch {
    return [];
  }
}

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TauError } from "tau-protocol";
import type { Fingerprint } from "./fingerprint.ts";

type Trusted = Record<string, { files: Fingerprint; at: string }>;

/** Which projects' extensions the user lets run, as they were when the user said so. */
export class TrustStore {
  readonly #path: string;

  constructor(home: string) {
    this.#path = join(home, "trust.json");
  }

  /** What was trusted of a folder. @throws TauError `invalid-option` for a file that can't be read: nothing is trusted by accident */
  async trusted(folder: string): Promise<Fingerprint | undefined> {
    const all = await this.#read();
    return Object.hasOwn(all, folder) ? all[folder]?.files : undefined;
  }

  async trust(folder: string, files: Fingerprint): Promise<void> {
    const all = { ...(await this.#read()), [folder]: { files, at: new Date().toISOString() } };
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const temporary = `${this.#path}.${process.pid}.tmp`;
    await writeFile(temporary, JSON.stringify(all), { mode: 0o600 });
    await rename(temporary, this.#path);
  }

  async #read(): Promise<Trusted> {
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "{}";
      throw error;
    });
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Trusted;
      throw new SyntaxError("no object");
    } catch (error) {
      const why = `Expected ${this.#path} to say which folders you trust, got ${(error as Error).message}. Delete it to be asked again.`;
      throw new TauError("invalid-option", why, { executed: "no", cause: error });
    }
  }
}

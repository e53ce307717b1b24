import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TauError } from "tau-protocol";
import type { PermissionLines } from "./compare.ts";

export interface Grant {
  permissions: PermissionLines;
  /** SHA-256 of what was there when it was granted. */
  content: string;
  /** When, as ISO 8601. */
  at: string;
}

/** What the user granted to which extension, by its path. */
export class GrantStore {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  /** @throws TauError `invalid-option` for a file that can't be read: nothing is granted by accident */
  async granted(path: string): Promise<Grant | undefined> {
    const all = await this.#read();
    return Object.hasOwn(all, path) ? all[path] : undefined;
  }

  /** In the place of what was granted before. `undefined` takes it back. */
  async grant(path: string, grant: Grant | undefined): Promise<void> {
    const { [path]: _before, ...others } = await this.#read();
    await mkdir(this.#home, { recursive: true, mode: 0o700 });
    const temporary = `${this.#path}.${process.pid}.tmp`;
    const all = grant === undefined ? others : { ...others, [path]: grant };
    await writeFile(temporary, JSON.stringify(all, undefined, 2), { mode: 0o600 });
    await rename(temporary, this.#path);
  }

  get #path(): string {
    return join(this.#home, "grants.json");
  }

  async #read(): Promise<Record<string, Grant>> {
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "{}";
      throw error;
    });
    try {
      const value: unknown = JSON.parse(text);
      if (isGrants(value)) return value;
      throw new SyntaxError("something else");
    } catch (error) {
      const why = `Expected ${this.#path} to say what you granted, got ${(error as Error).message}. Delete it to be asked again.`;
      throw new TauError("invalid-option", why, { executed: "no", cause: error });
    }
  }
}

function isGrants(value: unknown): value is Record<string, Grant> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((grant: unknown) => {
    const { permissions } = (grant ?? {}) as Partial<Grant>;
    return Array.isArray(permissions) && permissions.every((line) => typeof line === "string");
  });
}

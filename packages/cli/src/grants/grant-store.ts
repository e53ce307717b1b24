import { join } from "node:path";
import { isRecord, readPrivateJson, writePrivateJson } from "../private-json.ts";
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
    await writePrivateJson(this.#path, grant === undefined ? others : { ...others, [path]: grant });
  }

  get #path(): string {
    return join(this.#home, "grants.json");
  }

  #read(): Promise<Record<string, Grant>> {
    return readPrivateJson({ path: this.#path, isRight: isGrants, about: "what you granted" });
  }
}

function isGrants(value: unknown): value is Record<string, Grant> {
  if (!isRecord(value)) return false;
  return Object.values(value).every((grant: unknown) => {
    const { permissions } = (grant ?? {}) as Partial<Grant>;
    return Array.isArray(permissions) && permissions.every((line) => typeof line === "string");
  });
}

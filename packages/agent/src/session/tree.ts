import { nearest } from "tau-host";
import { TauError } from "tau-protocol";
import type { Entry } from "./entry.ts";

/** A session's entries and where in them the conversation is. */
export class EntryTree {
  readonly #entries: Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  /** The parent that holds, where the one that was written can't be found. */
  readonly #parents = new Map<string, string | undefined>();
  #leaf: string | undefined;

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The entry that the next one follows. */
  get leaf(): string | undefined {
    return this.#leaf;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Whoever comes last is where the conversation goes on; names are beside it. */
  add(entry: Entry): void {
    // Damage may have taken the parent away: what came before it is the next best.
    const parent = entry.parent === undefined || this.#byId.has(entry.parent) ? entry.parent : this.#leaf;
    this.#entries.push(entry);
    this.#byId.set(entry.id, entry);
    this.#parents.set(entry.id, parent);
    if (entry.type !== "name") this.#leaf = entry.id;
  }

  /** @throws TauError `unknown-entry` */
  moveTo(id: string | undefined): void {
    if (id !== undefined) this.#need(id);
    this.#leaf = id;
  }

  /**
   * From the first entry to this one.
   * @throws TauError `unknown-entry`
   */
  branch(to = this.#leaf): Entry[] {
    const path: Entry[] = [];
    const seen = new Set<string>();
    for (let id = to; id !== undefined && !seen.has(id); id = this.#parents.get(id)) {
      seen.add(id);
      path.push(this.#need(id));
    }
    return path.reverse();
  }

  #need(id: string): Entry {
    const entry = this.#byId.get(id);
    if (entry !== undefined) return entry;
    const meant = nearest(id, [...this.#byId.keys()]);
    const hint = meant.length === 0 ? "" : ` Did you mean ${meant.join(" or ")}?`;
    throw new TauError("unknown-entry", `There is no entry \`${id}\` in this session.${hint}`, { executed: "no" });
  }
}

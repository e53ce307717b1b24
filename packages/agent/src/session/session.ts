import { TauError } from "tau-protocol";
import type { AgentMessage } from "../message.ts";
import { type ContextItem, contextOf, contextTokensOf, type SessionSettings, settingsOf } from "./context.ts";
import type { Entry, EntryBody } from "./entry.ts";
import { encodeEntry, encodeRepeatedName, type Header } from "./line.ts";
import type { SessionFile } from "./session-file.ts";
import { EntryTree } from "./tree.ts";

/** How far back from the end a list looks for the name. The name is written again before it is further away than half of this. */
export const NAME_WITHIN_BYTES = 64 * 1024;

export interface SessionParts {
  header: Header;
  /** Absent: the session is gone with the process. */
  file?: SessionFile;
  entries?: readonly Entry[];
  bytesSinceName?: number;
  /** What could not be read. */
  problems?: readonly TauError[];
  now: () => Date;
  newId: () => string;
}

/** One conversation: a tree of entries, kept in a file line by line. */
export class Session implements AsyncDisposable {
  readonly id: string;
  /** Where the conversation took place. */
  readonly cwd: string | undefined;
  readonly path: string | undefined;
  /** When it began, as ISO 8601. */
  readonly createdAt: string;
  /** What could not be read of it, each with its place in the file. */
  readonly problems: readonly TauError[];
  readonly #parts: SessionParts;
  readonly #tree = new EntryTree();
  #name: string | undefined;
  #bytesSinceName: number;
  #isClosed = false;

  constructor(parts: SessionParts) {
    const { header, file, entries = [], problems = [], bytesSinceName = 0 } = parts;
    this.#parts = parts;
    this.id = header.id;
    this.cwd = header.cwd;
    this.path = file?.path;
    this.createdAt = header.at;
    this.problems = problems;
    this.#bytesSinceName = bytesSinceName;
    for (const entry of entries) this.#add(entry);
  }

  get name(): string | undefined {
    return this.#name;
  }

  /** The entry that the next one follows. */
  get leaf(): string | undefined {
    return this.#tree.leaf;
  }

  /** Everything, in the order in which it was written. */
  entries(): readonly Entry[] {
    return this.#tree.entries;
  }

  /**
   * What leads to an entry, or to the present.
   * @throws TauError `unknown-entry`
   */
  branch(to?: string): Entry[] {
    return this.#tree.branch(to);
  }

  /** What the model is shown, with the entries it comes from. */
  context(): ContextItem[] {
    return contextOf(this.branch());
  }

  /** What the model is shown. */
  messages(): AgentMessage[] {
    return this.context().map(({ message }) => message);
  }

  /** How many tokens the next request will take. */
  contextTokens(): number {
    return contextTokensOf(this.branch());
  }

  /** What was chosen last. */
  settings(): SessionSettings {
    return settingsOf(this.branch());
  }

  /**
   * The next entry, behind the last one. It counts at once; the promise resolves when it is on disk. What could not be written is
   * written with the next one.
   * @throws TauError `session-failed`
   */
  async append(body: EntryBody): Promise<Entry> {
    if (this.#isClosed)
      throw new TauError("session-failed", `The session \`${this.id}\` is closed.`, { executed: "no" });
    const entry = this.#newEntry(body);
    this.#add(entry);
    const line = encodeEntry(entry);
    await this.#parts.file?.append(line + this.#repeatedName(entry, line));
    return entry;
  }

  /** @throws TauError `session-failed` */
  async rename(name: string): Promise<void> {
    await this.append({ type: "name", name: name.trim() });
  }

  /**
   * Goes on from an earlier entry, or from the beginning: what was said since stays, on a branch of its own.
   * @throws TauError `unknown-entry`
   */
  moveTo(entry: string | undefined): void {
    this.#tree.moveTo(entry);
  }

  /** Others can open it once this resolves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#parts.file?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #newEntry(body: EntryBody): Entry {
    const { now, newId } = this.#parts;
    let id = newId();
    while (this.#tree.has(id)) id = newId();
    const parent = body.type === "name" || this.leaf === undefined ? {} : { parent: this.leaf };
    return { id, ...parent, at: now().toISOString(), ...body };
  }

  #add(entry: Entry): void {
    this.#tree.add(entry);
    if (entry.type === "name") this.#name = entry.name === "" ? undefined : entry.name;
  }

  #repeatedName(entry: Entry, line: string): string {
    this.#bytesSinceName = entry.type === "name" ? 0 : this.#bytesSinceName + Buffer.byteLength(line);
    if (this.#name === undefined || this.#bytesSinceName < NAME_WITHIN_BYTES / 2) return "";
    this.#bytesSinceName = 0;
    return encodeRepeatedName(this.#name);
  }
}

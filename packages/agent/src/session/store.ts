import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { nearest } from "tau-host";
import { TauError } from "tau-protocol";
import type { Entry } from "./entry.ts";
import { encodeEntry, encodeHeader, FORMAT, type Header } from "./line.ts";
import { describeSessions, type SessionInfo } from "./list.ts";
import { fileNameOf, folderOf, foldersIn, placeOf, placesIn, type SessionPlace } from "./places.ts";
import { readSession } from "./read-session.ts";
import { SessionFile } from "./session-file.ts";
import { Session } from "./session.ts";

export interface SessionStoreOptions {
  /** Where all sessions are, such as `sessionDirectory(process.env)` says. */
  directory: string;
  /** The working directory whose sessions these are. */
  cwd: string;
  /** @default the machine's clock */
  now?: () => Date;
  /** Ids of sessions and entries, of lower-case letters and digits. @default random ones */
  newId?: () => string;
}

const LISTED = 50;

/** The sessions of a user, one file each. Nothing is made before there is something to keep. */
export class SessionStore {
  readonly #options: Required<SessionStoreOptions>;

  constructor(options: SessionStoreOptions) {
    this.#options = { now: () => new Date(), newId: () => randomBytes(5).toString("hex"), ...options };
  }

  /** A new session. Its file is made with its first entry. */
  create(): Session {
    const header = this.#newHeader();
    return this.#session(header, this.#planned(header, encodeHeader(header)));
  }

  /** A session that is gone with the process. */
  createInMemory(): Session {
    return this.#session(this.#newHeader(), undefined);
  }

  /**
   * Goes on with a session: by its id, the beginning of one that only one session has, or the path of its file.
   * @throws TauError `unknown-session`, `session-locked`, `session-failed`
   */
  async open(idOrPath: string): Promise<Session> {
    const place = await this.#find(idOrPath);
    const lost = this.#lostHeader(place);
    const { file, content } = await SessionFile.open(place.path, encodeHeader(lost));
    const { header = lost, entries, problems, bytesSinceName } = content;
    return new Session({ header, file, entries, problems, bytesSinceName, ...this.#sources() });
  }

  /**
   * The session of this working directory that was changed last. `undefined`: there is none.
   * @throws TauError `session-locked`, `session-failed`
   */
  async openLast(): Promise<Session | undefined> {
    const [last] = await this.list({ limit: 1 });
    return last === undefined ? undefined : this.open(last.path);
  }

  /** Last changed first. @default `everywhere: false`, those of this working directory; `limit: 50` */
  async list({ everywhere = false, limit = LISTED }: { everywhere?: boolean; limit?: number } = {}): Promise<
    SessionInfo[]
  > {
    return describeSessions(everywhere ? await this.#allPlaces() : await placesIn(this.#ownFolder()), limit);
  }

  /**
   * A new session that begins with what led to an entry of another one, or to its present. The other one may be open, here or elsewhere.
   * @throws TauError `unknown-session`, `unknown-entry`, `session-failed`
   */
  async fork(source: Session | string, { atEntry }: { atEntry?: string } = {}): Promise<Session> {
    const original = source instanceof Session ? source : await this.#read(source);
    const branch = original.branch(atEntry);
    const entry = branch.at(-1)?.id;
    const header = this.#newHeader({ session: original.id, ...(entry === undefined ? {} : { entry }) });
    const entries = [...branch, ...this.#nameOf(original, header)];
    const first = encodeHeader(header) + entries.map((one) => encodeEntry(one)).join("");
    return this.#session(header, original.path === undefined ? undefined : this.#planned(header, first), entries);
  }

  #nameOf({ name }: Session, { at }: Header): Entry[] {
    return name === undefined ? [] : [{ type: "name", id: this.#options.newId(), at, name }];
  }

  /** Without the right to write. */
  async #read(idOrPath: string): Promise<Session> {
    const place = await this.#find(idOrPath);
    const { header, entries, problems } = readSession(await readFile(place.path), place.path);
    const file = SessionFile.planned(place.path, "");
    return new Session({ header: header ?? this.#lostHeader(place), file, entries, problems, ...this.#sources() });
  }

  async #find(idOrPath: string): Promise<SessionPlace> {
    if (idOrPath.includes(sep) || idOrPath.endsWith(".jsonl")) {
      const path = resolve(this.#options.cwd, idOrPath);
      const place = placeOf(path);
      if (place === undefined) throw unknown(`Expected the path of a session, \`…/<time>-<id>.jsonl\`, got ${path}.`);
      return place;
    }
    const places = await this.#allPlaces();
    const exact = places.find(({ id }) => id === idOrPath);
    if (exact !== undefined) return exact;
    const [only, ...others] = idOrPath === "" ? [] : places.filter(({ id }) => id.startsWith(idOrPath));
    if (only !== undefined && others.length === 0) return only;
    const meant = [only, ...others].flatMap((place) => place?.id ?? []);
    throw unknown(
      whichSession(
        idOrPath,
        meant,
        places.map(({ id }) => id),
      ),
    );
  }

  async #allPlaces(): Promise<SessionPlace[]> {
    const folders = await foldersIn(this.#options.directory);
    return (await Promise.all(folders.map(placesIn))).flat();
  }

  #ownFolder(): string {
    return folderOf(this.#options.directory, this.#options.cwd);
  }

  #newHeader(parent?: Header["parent"]): Header {
    const { now, newId, cwd } = this.#options;
    const facts = {
      type: "session" as const,
      version: FORMAT,
      id: newId(),
      cwd: resolve(cwd),
      at: now().toISOString(),
    };
    return { ...facts, ...(parent === undefined ? {} : { parent }) };
  }

  /** What the file's name says has to do. */
  #lostHeader({ id, createdAt }: SessionPlace): Header {
    return { type: "session", version: FORMAT, id, at: createdAt };
  }

  #planned(header: Header, first: string): SessionFile {
    return SessionFile.planned(join(this.#ownFolder(), fileNameOf(header.id, new Date(header.at))), first);
  }

  #session(header: Header, file: SessionFile | undefined, entries: readonly Entry[] = []): Session {
    return new Session({ header, ...(file === undefined ? {} : { file }), entries, ...this.#sources() });
  }

  #sources(): { now: () => Date; newId: () => string } {
    return { now: this.#options.now, newId: this.#options.newId };
  }
}

function whichSession(asked: string, meant: readonly string[], all: readonly string[]): string {
  if (meant.length > 1) return `Several sessions begin with \`${asked}\`: ${meant.join(", ")}. Give more of the id.`;
  const near = nearest(asked, all);
  const hint = near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`;
  return `There is no session \`${asked}\`.${hint}`;
}

function unknown(text: string): TauError {
  return new TauError("unknown-session", text, { executed: "no" });
}

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { TauError } from "tau-protocol";
import { encodeEntry, type LogEntry } from "./entry.ts";
import {
  createLog,
  firstFreeRevision,
  ignoreMissing,
  keepForPeople,
  logPath,
  makeDirectory,
  newestLog,
  removeLeftovers,
  removeLog,
  syncDirectory,
} from "./log-files.ts";
import { LogReader } from "./log-reader.ts";

/** Of the lines; a log of a higher one was written by a newer tau. */
const FORMAT = 1;
const READ_BYTES = 256 * 1024;

export interface StateLogOptions {
  directory: string;
  extensionId: string;
  /** What follows is everything there is, from the first entry on. */
  onReset: () => void;
  /** In the order in which they are in the log, everybody's. `revision` grows from entry to entry. */
  onEntry: (entry: LogEntry, revision: number) => void;
  /** Everything that holds now. */
  snapshot: () => Iterable<LogEntry>;
  /** Something was damaged. */
  onReport: (error: TauError) => void;
}

/** A log that is open. */
interface OpenLog {
  /** The revision of its first byte. */
  base: number;
  handle: FileHandle;
  reader: LogReader;
  /** Where the entry is that ends it, in bytes. Nothing behind it counts. */
  sealedAt: number | undefined;
  entries: number;
  damagedBytes: number;
  /** Whether its name would survive a loss of power. */
  nameIsDurable: boolean;
}

/**
 * The log of one extension's state, which any number of hosts read and append to at the same time. There is no lock: the
 * operating system puts appended lines one behind the other, and everybody reads them in that order and comes to the same end.
 */
export class StateLog {
  readonly #options: StateLogOptions;
  #log: OpenLog | undefined;

  constructor(options: StateLogOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#log?.reader.offset ?? 0;
  }

  get damaged(): boolean {
    return this.#log !== undefined && this.#log.damagedBytes > 0;
  }

  /** Reads what has been appended since, by anybody. Opens the log when there is one, and makes none. */
  async refresh(): Promise<void> {
    const log = this.#log;
    if (log === undefined) return this.#openNewest();
    const isRemoved = await this.#catchUp(log);
    if ((isRemoved || log.sealedAt !== undefined) && (await newestLog(this.#options.directory)) !== log.base) {
      await this.#openNewest();
    }
  }

  /**
   * Resolves when the lines are on disk and have been read back. False: others ended this log first, and the lines that came
   * too late for it have to be appended again.
   */
  async append(lines: string): Promise<boolean> {
    const log = await this.#writableLog();
    const bytes = Buffer.from(lines);
    // One call: what is written by one is in one piece. Whatever goes wrong here, the next round reads what is really there.
    const { bytesWritten } = await log.handle.write(bytes);
    if (bytesWritten < bytes.length) {
      throw new Error(`Expected to write ${bytes.length} bytes, could write ${bytesWritten}. Is the disk full?`);
    }
    await log.handle.datasync();
    await this.#catchUp(log);
    return log.sealedAt === undefined;
  }

  /** Puts a log without what no longer holds in the place of this one. */
  async compact(): Promise<void> {
    if (this.#log === undefined) return;
    await this.append(encodeEntry({ kind: "seal" }));
    // Others may have been faster, and this is their log by now.
    const log = this.#log;
    if (log.sealedAt !== undefined) await this.#succeed(log);
  }

  /** What comes next opens it anew. */
  async close(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    await log?.handle.close();
  }

  async #writableLog(): Promise<OpenLog> {
    const { directory, extensionId } = this.#options;
    while (this.#log === undefined || this.#log.sealedAt !== undefined) {
      if (this.#log === undefined) {
        await makeDirectory(directory);
        const header = encodeEntry({ kind: "header", format: FORMAT, extension: extensionId });
        await createLog(directory, await firstFreeRevision(directory), [header]);
        await this.#openNewest();
      } else {
        await this.#succeed(this.#log);
      }
    }
    if (!this.#log.nameIsDurable) await syncDirectory(directory);
    this.#log.nameIsDurable = true;
    return this.#log;
  }

  /** Whoever finds a log ended may make the next one: it is the same whoever does. */
  async #succeed(log: OpenLog): Promise<void> {
    const { directory, extensionId, snapshot } = this.#options;
    const next = log.base + (log.sealedAt ?? 0);
    if (log.damagedBytes > 0) await keepForPeople(directory, log.base);
    await createLog(directory, next, contentOf(extensionId, snapshot()));
    await syncDirectory(directory);
    await this.#openNewest();
  }

  async #openNewest(): Promise<void> {
    const { directory } = this.#options;
    for (;;) {
      await this.close();
      this.#options.onReset();
      const base = await newestLog(directory);
      if (base === undefined) return;
      const flags = constants.O_RDWR | constants.O_APPEND;
      const handle = await open(logPath(directory, base), flags).catch(ignoreMissing);
      // Its successor came between.
      if (handle === undefined) continue;
      this.#log = this.#openLog(base, handle);
      await this.#catchUp(this.#log);
      if (this.#log.reader.unfinished > 0) await this.#endLastLine(this.#log);
      if (this.#log.entries > 0) break;
      await this.#giveUp(base);
    }
    await removeLeftovers(directory, this.#log.base);
  }

  #openLog(base: number, handle: FileHandle): OpenLog {
    const log: OpenLog = {
      base,
      handle,
      reader: new LogReader({
        entry: (entry, end) => this.#apply(log, entry, end),
        damage: (from, to) => this.#noteDamage(log, from, to),
      }),
      sealedAt: undefined,
      entries: 0,
      damagedBytes: 0,
      nameIsDurable: false,
    };
    return log;
  }

  /** Reads up to the present end. Answers whether the file was removed. */
  async #catchUp({ handle, reader }: OpenLog): Promise<boolean> {
    const { size, nlink } = await handle.stat();
    while (reader.offset < size) {
      // Grows with a line that does not end, so that the work grows with its length and not faster.
      const length = Math.min(Math.max(READ_BYTES, reader.unfinished), size - reader.offset);
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, reader.offset);
      if (bytesRead === 0) break;
      reader.push(buffer.subarray(0, bytesRead));
    }
    return nlink === 0;
  }

  /** If somebody is writing it, this waits in the operating system until it is whole; if not, it is damage, and told. */
  async #endLastLine(log: OpenLog): Promise<void> {
    await log.handle.write("\n");
    await this.#catchUp(log);
  }

  #apply(log: OpenLog, entry: LogEntry, end: number): void {
    log.entries += 1;
    if (log.sealedAt !== undefined) return;
    if (entry.kind === "header" && entry.format !== FORMAT) throw tooNew(this.#options, entry.format);
    if (entry.kind === "seal") log.sealedAt = end;
    this.#options.onEntry(entry, log.base + end);
  }

  #noteDamage(log: OpenLog, from: number, to: number): void {
    log.damagedBytes += to - from;
    const { directory, extensionId, onReport } = this.#options;
    const text =
      `The state of extension \`${extensionId}\` is damaged: ${to - from} bytes at ${from} of ${logPath(directory, log.base)} are no line that was ` +
      "written whole, and were left out. A process or machine that stopped in the middle of a write leaves such a line; nothing that was answered is lost then.";
    onReport(new TauError("state-damaged", text, { extensionId }));
  }

  /** Nothing in it can be read. */
  async #giveUp(base: number): Promise<void> {
    const { directory, extensionId, onReport } = this.#options;
    const kept = await keepForPeople(directory, base);
    await removeLog(directory, base);
    const text = `The state of extension \`${extensionId}\` can't be read and begins anew. What was there is kept in ${kept}.`;
    onReport(new TauError("state-damaged", text, { extensionId }));
  }
}

function* contentOf(extensionId: string, entries: Iterable<LogEntry>): Iterable<string> {
  let piece = encodeEntry({ kind: "header", format: FORMAT, extension: extensionId });
  for (const entry of entries) {
    piece += encodeEntry(entry);
    if (piece.length < READ_BYTES) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

function tooNew({ extensionId, directory }: StateLogOptions, format: number): TauError {
  const text = `The state of extension \`${extensionId}\` in ${directory} was written by a newer tau (format ${format}, this one reads ${FORMAT}). Update tau.`;
  return new TauError("internal-error", text, { executed: "no" });
}

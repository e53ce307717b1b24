import { isTauError, TauError } from "tau-protocol";
import { errorText } from "tau-rpc";
import { encodeEntry, type LogEntry } from "./entry.ts";
import { answerRead, conflict, type Operation, type WriteOperation } from "./operation.ts";
import { StateLog } from "./state-log.ts";
import { sizeOf, Table } from "./table.ts";

export interface UserStateOptions {
  directory: string;
  extensionId: string;
  /** Different for every host there is: how it knows its own lines in a log that others write to as well. */
  writer: string;
  onReport: (error: TauError) => void;
}

/** `refusal`: it does not fit, with what comes before it counted at its largest. */
interface Answer {
  result?: object;
  error?: TauError;
  refusal?: TauError;
}

/** Somebody waits for an answer. */
interface Waiting {
  operation: Operation;
  bytes: number;
  /** What came of a write, once its line has been read back. */
  answer: Answer | undefined;
  resolve: (result: object) => void;
  reject: (error: unknown) => void;
}

/** What may wait to be written, in bytes, before more is refused. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** What is written at once. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** A log is rewritten when so much of it no longer holds, beside as much again as holds. */
const SLACK_BYTES = 512 * 1024;
/** What an entry takes in the log beside key and value, about. */
const ENTRY_BYTES = 64;

/**
 * One extension's values of the scope `user`. Requests are answered in the order of their arrival, one round after the other: a round
 * reads what other hosts wrote, answers what only reads, and writes the rest at once.
 */
export class UserState {
  readonly #options: UserStateOptions;
  readonly #table = new Table();
  readonly #log: StateLog;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  /** What is being written, by the name of its line. */
  #inFlight = new Map<string, Waiting>();
  #writes = 0;
  #working: Promise<void> | undefined;
  /** The size at which a rewrite is tried again after one that failed. */
  #rewriteAbove = 0;

  constructor(options: UserStateOptions) {
    this.#options = options;
    this.#log = new StateLog({
      ...options,
      onReset: () => this.#table.clear(),
      onEntry: (entry, revision) => this.#apply(entry, revision),
      snapshot: () => this.#snapshot(),
    });
  }

  /** Rejects with a TauError: `denied`, `invalid-params`, `overloaded`, and `internal-error` where the disk fails. */
  run(operation: Operation): Promise<object> {
    const bytes = operation.kind === "set" ? sizeOf(operation.key, operation.text) : ENTRY_BYTES;
    if (this.#queuedBytes + bytes > MAX_WAITING_BYTES) return Promise.reject(overloaded(this.#queuedBytes));
    return new Promise((resolve, reject) => {
      this.#queue.push({ operation, bytes, answer: undefined, resolve, reject });
      this.#queuedBytes += bytes;
      this.#working ??= this.#work();
    });
  }

  /** Resolves when everything asked for has been answered and no file is open. */
  async close(): Promise<void> {
    await this.#working;
    await this.#log.close();
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      try {
        await this.#round();
      } catch (error) {
        await this.#fail(error);
      }
    }
    this.#working = undefined;
  }

  async #round(): Promise<void> {
    await this.#log.refresh();
    this.#inFlight = this.#takeBatch();
    if (this.#inFlight.size === 0) return;
    const lines = [...this.#inFlight].map(([by, { operation }]) =>
      encodeEntry({ ...(operation as WriteOperation), by }),
    );
    const isInTime = await this.#log.append(lines.join(""));
    for (const [by, waiting] of this.#inFlight) {
      if (waiting.answer === undefined) continue;
      this.#inFlight.delete(by);
      this.#finish(waiting, waiting.answer);
    }
    if (isInTime && this.#inFlight.size > 0) {
      throw new Error("What was written is not there. Is this a network file system?");
    }
    this.#queue = [...this.#inFlight.values(), ...this.#queue];
    this.#inFlight = new Map();
    await this.#rewriteIfWasteful();
  }

  /** Answers what can be answered now, and takes from the queue what has to be written, by the name of its line. */
  #takeBatch(): Map<string, Waiting> {
    const batch = new Map<string, Waiting>();
    const keys = new Set<string>();
    const planned = { bytes: 0, keys: 0 };
    let taken = 0;
    for (const waiting of this.#queue) {
      if (planned.bytes > MAX_BATCH_BYTES || mustWaitFor(keys, waiting.operation)) break;
      const answer = this.#answerNow(waiting.operation, planned);
      // Room may have come from what is written before it.
      if (answer?.refusal !== undefined && batch.size > 0) break;
      taken += 1;
      if (answer !== undefined) {
        this.#finish(waiting, answer);
        continue;
      }
      batch.set(`${this.#options.writer}-${++this.#writes}`, waiting);
      keys.add((waiting.operation as WriteOperation).key);
      planned.bytes += waiting.bytes;
      planned.keys += 1;
    }
    this.#queue = this.#queue.slice(taken);
    return batch;
  }

  /** `undefined` for what has to be written. */
  #answerNow(operation: Operation, planned: { bytes: number; keys: number }): Answer | undefined {
    if (operation.kind === "get" || operation.kind === "keys") return { result: answerRead(this.#table, operation) };
    const { key, ifRevision } = operation;
    const present = this.#table.revisionOf(key);
    if (ifRevision !== undefined && ifRevision !== present) return { error: conflict(key, ifRevision, present) };
    if (operation.kind === "delete") return present === 0 ? { result: {} } : undefined;
    const refusal = this.#table.refusal(key, operation.text, planned);
    return refusal === undefined ? undefined : { error: refusal, refusal };
  }

  /** Everybody's entries, in everybody's order: what holds is decided here, the same at every host. */
  #apply(entry: LogEntry, revision: number): void {
    if (entry.kind === "kept") this.#table.set(entry.key, entry);
    if (entry.kind !== "set" && entry.kind !== "delete") return;
    const { key, ifRevision, by } = entry;
    const present = this.#table.revisionOf(key);
    const mine = this.#inFlight.get(by);
    if (ifRevision !== undefined && ifRevision !== present) {
      if (mine !== undefined) mine.answer = { error: conflict(key, ifRevision, present) };
      return;
    }
    if (entry.kind === "set") this.#table.set(key, { text: entry.text, revision });
    else this.#table.delete(key);
    if (mine !== undefined) mine.answer = { result: entry.kind === "set" ? { revision } : {} };
  }

  #finish(waiting: Waiting, { result, error }: Answer): void {
    this.#queuedBytes -= waiting.bytes;
    if (error === undefined) waiting.resolve(result ?? {});
    else waiting.reject(error);
  }

  /** What was asked for is answered by now: that it could not be tidied up is nobody's error. */
  async #rewriteIfWasteful(): Promise<void> {
    const { size, damaged } = this.#log;
    const needed = this.#table.bytes + this.#table.size * ENTRY_BYTES;
    if (size <= this.#rewriteAbove || (!damaged && size <= SLACK_BYTES + 2 * needed)) return;
    try {
      await this.#log.compact();
      this.#rewriteAbove = 0;
    } catch (error) {
      this.#rewriteAbove = 2 * size;
      this.#options.onReport(this.#asTauError(error, "maybe"));
      await this.#log.close();
    }
  }

  *#snapshot(): Iterable<LogEntry> {
    for (const key of this.#table.keys()) {
      const value = this.#table.get(key);
      if (value !== undefined) yield { kind: "kept", key, ...value };
    }
  }

  /** Everybody who waits is told. The next round opens the log anew: what is in it may be more than was read. */
  async #fail(error: unknown): Promise<void> {
    const queue = this.#queue;
    const inFlight = this.#inFlight;
    this.#queue = [];
    this.#inFlight = new Map();
    // The error that counts has been caught already.
    await this.#log.close().catch(() => undefined);
    for (const waiting of inFlight.values()) this.#finish(waiting, { error: this.#asTauError(error, "maybe") });
    for (const waiting of queue) this.#finish(waiting, { error: this.#asTauError(error, "no") });
  }

  #asTauError(error: unknown, executed: "no" | "maybe"): TauError {
    if (isTauError(error)) return error;
    const { directory, extensionId } = this.#options;
    const text = `The state of extension \`${extensionId}\` can't be kept in ${directory}: ${errorText(error)}`;
    return new TauError("internal-error", text, { extensionId, executed, cause: error });
  }
}

/** Whether its answer depends on writes that have not been made: they come first then. */
function mustWaitFor(written: ReadonlySet<string>, operation: Operation): boolean {
  if (operation.kind === "keys") return written.size > 0;
  if (operation.kind === "set" && operation.ifRevision === undefined) return false;
  return written.has(operation.key);
}

function overloaded(waitingBytes: number): TauError {
  const text = `${waitingBytes} bytes of state wait to be written, so this was not taken. Await the answers.`;
  return new TauError("overloaded", text, { executed: "no", retryable: true });
}

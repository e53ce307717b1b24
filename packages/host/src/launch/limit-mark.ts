import { spawn } from "node:child_process";
import { readRealtimeLimit } from "./proc.ts";

/** Counts one launcher's marks; above are 40 bits of its name. */
const COUNTER_BITS = 20n;

/** The next mark is made when the process that has the last one is up. Not all tell that they are. */
const PREPARE_DELAY_MS = 100;

/** It takes 2 ms. On a machine that is out of breath it may take a thousand times as long, and is still wanted. */
const PRLIMIT_TIMEOUT_MS = 5_000;

/**
 * A mark that no process loses by accident. It is in the limit for realtime work (RLIMIT_RTTIME): children inherit it
 * whatever they do, to clear their environment and to leave their session included, everybody may read it, and as a limit
 * it means nothing, since the smallest mark is 18,000 years. Node can't set limits; `prlimit` (util-linux) sets the
 * launcher's own, which the next process it starts inherits. That takes 2 ms, and is done before it is needed.
 */
export class LimitMarks {
  readonly #name: string;
  #counter = 0n;
  #next: Promise<bigint | undefined>;
  #queue: Promise<unknown> = Promise.resolve();
  #works = true;
  /** Has the next mark set now rather than soon. */
  #hurry: () => void = () => {};
  #inherited: bigint | undefined;

  /** @param name the launcher's */
  constructor(name: string) {
    this.#name = name;
    this.#next = this.#prepare();
  }

  /** Runs `start`, which must spawn before it returns, with the mark its process gets; one at a time. */
  use<Result>(start: (mark: bigint | undefined) => Result): Promise<Result> {
    const used = this.#queue.then(async () => {
      this.#hurry();
      const mark = await this.#next;
      try {
        return start(mark);
      } finally {
        this.#next = this.#prepareSoon();
      }
    });
    // Who asked hears of the failure; the next in the queue must not.
    this.#queue = used.catch(() => undefined);
    return used;
  }

  /** The process that was started last is up: nobody waits for the processor any more. */
  prepareNow(): void {
    this.#hurry();
  }

  /** Whether one process alone was started with this mark. */
  isExact(mark: bigint): boolean {
    return mark !== this.#inherited;
  }

  /** Not at once: where processors are few, the process that was just started would wait for this one. */
  async #prepareSoon(): Promise<bigint | undefined> {
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      setTimeout(resolve, PREPARE_DELAY_MS);
    });
    return this.#prepare();
  }

  /** `undefined`: there is no `prlimit`, or it may not do this. The mark in the environment has to do then. */
  async #prepare(): Promise<bigint | undefined> {
    if (!this.#works) return undefined;
    this.#counter = (this.#counter + 1n) % (1n << COUNTER_BITS);
    const mark = firstMark(this.#name) | this.#counter;
    await setOwnLimit(mark);
    // Looked up: had it failed, the next process would inherit the mark of the one before, and end with it.
    const limit = readRealtimeLimit("self");
    this.#works = limit === mark;
    if (!this.#works) this.#inherited = limit;
    return this.#works ? mark : undefined;
  }
}

/** Whether a limit is a mark of this launcher's. */
export function isMarkOf(name: string, limit: bigint | undefined): boolean {
  return limit !== undefined && limit >> COUNTER_BITS === firstMark(name) >> COUNTER_BITS;
}

function firstMark(name: string): bigint {
  const id = BigInt(`0x${name.slice(0, 10)}`) | (1n << 39n);
  return id << COUNTER_BITS;
}

function setOwnLimit(limit: bigint): Promise<void> {
  return new Promise((resolve) => {
    const args = ["--pid", String(process.pid), `--rttime=${limit}:`];
    const child = spawn("prlimit", args, { stdio: "ignore", timeout: PRLIMIT_TIMEOUT_MS, killSignal: "SIGKILL" });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}

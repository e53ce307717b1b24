import { isTauError, WIRE_CODES } from "tau-protocol";
import type { Clock, Timer } from "tau-rpc";

/** A process that is asked from time to time whether it still answers. None of this may throw. */
export interface LivenessTarget {
  /**
   * Sends one `ping`, without a deadline of its own. Any answer counts, an error too; what the host itself makes of the end of
   * the channel counts as the end.
   */
  ping: () => Promise<unknown>;
  /** Silence after which `onLimit` is called, in milliseconds. Infinity: never. */
  limitMs: number;
  /** It does not answer: a program is stuck. Once, until it recovers. */
  onHang: (silence: Silence) => void;
  /** It answers again. */
  onRecover: (silence: Silence) => void;
  /** It has not answered for `limitMs`. Once, after `onHang`, until it recovers. */
  onLimit: (silence: Silence) => void;
}

export interface Silence {
  /** Since it was asked, in milliseconds in which this process ran. */
  blockedMs: number;
}

export interface LivenessMonitorOptions {
  clock: Clock;
  /** Calls back when what lies in the sockets has been read. @default setImmediate */
  afterReading?: (callback: () => void) => void;
}

/** How often the monitor looks, in milliseconds. */
export const TICK_MS = 500;
/** Every process is asked once in so many ticks: a ping wakes it, and idle ones should sleep. */
export const TICKS_PER_PING = 4;
/** So many ticks without an answer are a hang. At worst a process gets stuck just after its answer: 4 s until it is told. */
export const HANG_TICKS = 4;
/** A tick this late, in milliseconds, says that this process was away: stopped, asleep, in a debugger, or busy itself. */
export const AWAY_MS = 1000;
/** After that, so many ticks do not count: others were away, too, and a machine that wakes up is slow. */
export const GRACE_TICKS = 4;

/**
 * Tells processes that are stuck from those that are busy. One timer for all. Time is counted in ticks that really ran, after
 * the answers that had arrived by then were read: an hour in which this process did not run is one late tick, and counts nothing.
 */
export class LivenessMonitor {
  readonly #clock: Clock;
  readonly #afterReading: (callback: () => void) => void;
  readonly #watches = new Set<Watch>();
  #timer: Timer | undefined;
  #dueAt = 0;
  #ticks = 0;
  #watched = 0;
  #grace = 0;

  constructor({ clock, afterReading = setImmediate }: LivenessMonitorOptions) {
    this.#clock = clock;
    this.#afterReading = afterReading;
  }

  /** From now on. The answer ends it; call it before what waits for the process is told of its end. */
  watch(target: LivenessTarget): () => void {
    const watch = new Watch(target, this.#watched++ % TICKS_PER_PING);
    this.#watches.add(watch);
    if (this.#timer === undefined) this.#schedule();
    return () => {
      watch.end();
      this.#watches.delete(watch);
      if (this.#watches.size > 0) return;
      this.#clock.clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #schedule(): void {
    this.#dueAt = this.#clock.now() + TICK_MS;
    this.#timer = this.#clock.setTimeout(() => {
      const away = this.#clock.now() - this.#dueAt >= AWAY_MS;
      // The next tick counts from here: a tick that was late does not make the next one early.
      this.#schedule();
      this.#afterReading(() => this.#tick(away));
    }, TICK_MS);
  }

  #tick(away: boolean): void {
    this.#ticks += 1;
    if (away) this.#grace = GRACE_TICKS;
    const counts = !away && this.#grace === 0;
    if (!away && this.#grace > 0) this.#grace -= 1;
    const slot = this.#ticks % TICKS_PER_PING;
    // What is told here may end a watch or begin one: an ended one is silent, a new one owes nothing yet.
    for (const watch of this.#watches) {
      if (away) watch.forgive();
      if (counts) watch.count();
      watch.ask(slot);
    }
  }
}

/** One process: idle → asked → hung → over the limit, and from everywhere back to idle with an answer. */
class Watch {
  readonly #target: LivenessTarget;
  readonly #slot: number;
  /** Ticks without an answer, while one is owed. */
  #late: number | undefined;
  /** A ping is under way. */
  #asked = false;
  #hung = false;
  #limited = false;
  #ended = false;

  constructor(target: LivenessTarget, slot: number) {
    this.#target = target;
    this.#slot = slot;
  }

  end(): void {
    this.#ended = true;
  }

  /** What was silence may have been this process's own. A hang that was told stays one until there is an answer. */
  forgive(): void {
    if (this.#late !== undefined && !this.#hung) this.#late = 0;
  }

  count(): void {
    if (this.#late === undefined || this.#ended) return;
    this.#late += 1;
    const silence = this.#silence();
    if (!this.#hung && this.#late >= HANG_TICKS) {
      this.#hung = true;
      this.#target.onHang(silence);
    }
    if (this.#hung && !this.#limited && silence.blockedMs >= this.#target.limitMs) {
      this.#limited = true;
      this.#target.onLimit(silence);
    }
  }

  /** Never twice at a time: a process that is stuck for an hour finds one ping. */
  ask(slot: number): void {
    if (this.#asked || this.#ended || slot !== this.#slot) return;
    this.#asked = true;
    this.#late ??= 0;
    this.#target.ping().then(
      () => this.#noteAnswer(),
      (error: unknown) => this.#noteFailure(error),
    );
  }

  #noteAnswer(): void {
    this.#asked = false;
    if (this.#ended) return;
    const silence = this.#silence();
    const recovered = this.#hung;
    this.#late = undefined;
    this.#hung = false;
    this.#limited = false;
    if (recovered) this.#target.onRecover(silence);
  }

  #noteFailure(error: unknown): void {
    const code = isTauError(error) ? error.code : undefined;
    // The process has stopped reading, so that nothing more can be sent to it: that is no answer.
    if (code === "overloaded") this.#asked = false;
    // An error of the other side's is an answer: whoever does not know `ping` is alive.
    else if (code !== undefined && code in WIRE_CODES) this.#noteAnswer();
    // Its end; somebody else tells of it.
    else this.end();
  }

  #silence(): Silence {
    return { blockedMs: (this.#late ?? 0) * TICK_MS };
  }
}

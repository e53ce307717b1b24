import type { Clock } from "tau-rpc";

export interface CrashPolicyOptions {
  clock: Clock;
  /** Between 0 and 1. */
  random: () => number;
  /** As many crashes within the window are the end. */
  maxCrashes: number;
  crashWindowMs: number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 30_000;
/** Each pause is this many times the one before it. */
const GROWTH = 6;

/** Decides whether a crashed extension is started again, and when. */
export class CrashPolicy {
  readonly #options: CrashPolicyOptions;
  #crashes: number[] = [];

  constructor(options: CrashPolicyOptions) {
    this.#options = options;
  }

  /** Counts a crash. The pause before the next start in milliseconds, or `undefined`: no further start. */
  noteCrash(): number | undefined {
    const { clock, random, maxCrashes, crashWindowMs } = this.#options;
    const now = clock.now();
    this.#crashes = [...this.#crashes.filter((time) => now - time < crashWindowMs), now];
    const count = this.#crashes.length;
    if (count >= maxCrashes) return undefined;
    // Half to one and a half times: what crashed together does not come back together.
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * GROWTH ** (count - 1)) * (0.5 + random());
  }

  /** The user, or an edit, has given it another chance. */
  forgive(): void {
    this.#crashes = [];
  }
}

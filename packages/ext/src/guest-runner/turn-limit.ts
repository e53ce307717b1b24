/** How long the guest may take to come to rest once its turn was ended, for what the SDK has to say, in milliseconds. */
const GRACE_MS = 1_000;

/** How often the clock of the processor is looked at between turns, in the time that one of them may take. */
const CPU_LOOKS_PER_LIMIT = 100;

/**
 * Ends a turn of the guest's that computes for too long. The engine asks every few thousand steps; the clock of the processor is only
 * looked at when that of the wall says that it might be time.
 */
export class TurnLimit {
  readonly #cpuMs: number;
  #wallUntil = Number.POSITIVE_INFINITY;
  #cpuAtStart = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Whether the present turn was ended. */
  exceeded = false;

  constructor(cpuMs: number) {
    this.#cpuMs = cpuMs;
  }

  begin(): void {
    const now = performance.now();
    this.exceeded = false;
    this.#wallUntil = now + this.#cpuMs;
    // Asking costs as much as a small turn: what was used since the last time is counted too, which is little.
    if (now - this.#askedAt < this.#cpuMs / CPU_LOOKS_PER_LIMIT) return;
    this.#askedAt = now;
    this.#cpuAtStart = cpuMs();
  }

  /** Between turns, when code of nobody's in particular may run. */
  pause(): void {
    this.#wallUntil = Number.POSITIVE_INFINITY;
  }

  /** What runs from now on ends when the engine asks next: its turn is over. */
  endNow(): void {
    this.exceeded = true;
    this.#wallUntil = Number.NEGATIVE_INFINITY;
  }

  /** For the engine: whether to end what runs now. */
  readonly isOver = (): boolean => {
    const now = performance.now();
    if (now < this.#wallUntil) return false;
    const left = this.exceeded ? 0 : this.#cpuMs - (cpuMs() - this.#cpuAtStart);
    // Others had the processor meanwhile.
    if (left > 0) {
      this.#wallUntil = now + left;
      return false;
    }
    this.exceeded = true;
    this.#wallUntil = now + GRACE_MS;
    return true;
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How long the guest may take to come to rest once its turn was ended, for what the SDK has to say, in milliseconds. */
const GRACE_MS = 1_000;

/**
 * Ends a turn of the guest's that computes for too long. The engine asks every few thousand steps; the clock of the processor is only
 * looked at when that of the wall says that it might be time.
 */
export class TurnLimit {
  readonly #cpuMs: number;
  #wallUntil = Number.POSITIVE_INFINITY;
  #cpuAtStart = 0;
  /** Whether the present turn was ended. */
  exceeded = false;

  constructor(cpuMs: number) {
    this.#cpuMs = cpuMs;
  }

  begin(): void {
    this.exceeded = false;
    this.#wallUntil = performance.now() + this.#cpuMs;
    this.#cpuAtStart = cpuMs();
  }

  /** Between turns, when code of nobody's in particular may run. */
  pause(): void {
    this.#wallUntil = Number.POSITIVE_INFINITY;
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

import type { Clock, PeerFault } from "tau-rpc";
import { describeFault } from "./describe-end.ts";
import type { GenerationLog } from "./output-log.ts";

export interface FaultLogOptions {
  log: GenerationLog;
  clock: Clock;
  /** So much nonsense that reading it costs others. */
  onFlood: (what: string) => void;
}

/** Far more than anything prints by mistake. */
const MAX_FAULTS_PER_SECOND = 20_000;

/** A peer that talks nonsense tends to go on: the first oddities are told in full. */
const MAX_TOLD = 20;

/** What came over a channel and should not have. */
export class FaultLog {
  count = 0;
  readonly #options: FaultLogOptions;
  #window = { start: 0, faults: 0 };

  constructor(options: FaultLogOptions) {
    this.#options = options;
  }

  note(fault: PeerFault): void {
    const { log, onFlood } = this.#options;
    this.count += 1;
    if (fault.kind === "endless-line") onFlood(`a line of ${fault.bytes} bytes without an end to its channel`);
    this.#limit();
    if (this.count <= MAX_TOLD) log.add("host", "warn", describeFault(fault));
    if (this.count === MAX_TOLD) log.add("host", "warn", "Further oddities on the channel are only counted.");
  }

  /** Reading nonsense takes time, and it is the host's, so all extensions'. */
  #limit(): void {
    const now = this.#options.clock.now();
    if (now - this.#window.start > 1000) this.#window = { start: now, faults: 0 };
    this.#window.faults += 1;
    if (this.#window.faults !== MAX_FAULTS_PER_SECOND) return;
    this.#options.onFlood(`${MAX_FAULTS_PER_SECOND} lines to its channel within a second that were no messages`);
  }
}

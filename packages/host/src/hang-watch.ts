import { TauError } from "tau-protocol";
import type { HostContext } from "./context.ts";
import { describeHang, describeRecovery, hangError } from "./liveness/describe-hang.ts";
import type { InspectorLines } from "./liveness/inspector-lines.ts";
import type { Silence } from "./liveness/liveness-monitor.ts";
import { type BlockedReport, BlockedProfiler } from "./liveness/profile-blocked.ts";
import type { GenerationLog } from "./output-log.ts";
import type { StartPlan } from "./plan.ts";

export interface HangWatchOptions {
  extensionId: string;
  pid: number;
  /** What runs it, which decides how it can be looked into. */
  plan: Pick<StartPlan, "runtime" | "bundle">;
  context: HostContext;
  log: GenerationLog;
  /** What the process's inspector says on its stderr. */
  inspectorLines: InspectorLines;
  ping: () => Promise<unknown>;
  /** It does not answer, and this is what it does instead. */
  onHang: (error: TauError) => void;
  kill: (error: TauError) => void;
}

/** Looks whether one version still answers, says what it is stuck in when it does not, and ends it when it has been for too long. */
export class HangWatch {
  readonly #options: HangWatchOptions;
  readonly #profiler: BlockedProfiler;
  readonly #stop: () => void;
  /** Under way. */
  #pings = 0;
  /** Counts the silences that have ended. */
  #silences = 0;
  #profiling: Promise<BlockedReport> | undefined;

  constructor(options: HangWatchOptions) {
    const { context, pid, plan, inspectorLines } = options;
    this.#options = options;
    this.#profiler = new BlockedProfiler({
      pid,
      isNode: plan.runtime === "node",
      printsStack: plan.runtime === "python" || plan.runtime === "rust",
      bundle: plan.bundle,
      nextStderrMatch: (pattern, timeoutMs) => inspectorLines.nextMatch(pattern, timeoutMs),
      clock: context.clock,
    });
    this.#stop = context.liveness.watch({
      ping: () => this.#ping(),
      limitMs: context.limits.hangTimeoutMs,
      onHang: (silence) => void this.#onHang(silence),
      onRecover: (silence) => this.#onRecover(silence),
      onLimit: (silence) => void this.#onLimit(silence),
    });
  }

  /** Requests that only ask whether it answers. */
  get pings(): number {
    return this.#pings;
  }

  async #ping(): Promise<void> {
    this.#pings += 1;
    try {
      await this.#options.ping();
    } finally {
      this.#pings -= 1;
    }
  }

  stop(): void {
    this.#silences += 1;
    this.#stop();
  }

  /**
   * Ends it for work that it does not give up, though it answers: one thread of several is busy. Extensions in Rust print where each
   * of their threads is, into their last output; in other languages such work has no stack that could be asked for.
   */
  async endUnanswered(error: TauError): Promise<void> {
    if (this.#options.plan.runtime === "rust") await this.#profiler.printStack();
    this.#options.kill(error);
  }

  async #onHang({ blockedMs }: Silence): Promise<void> {
    const { extensionId, log, onHang } = this.#options;
    const silence = this.#silences;
    this.#profiling = this.#profiler.profile();
    const report = await this.#profiling;
    // It may have answered meanwhile, or be gone.
    if (silence !== this.#silences) return;
    const text = describeHang({ extensionId, blockedMs, report });
    log.add("host", "error", text);
    onHang(new TauError("extension-hung", text, { extensionId, stderrTail: log.tail() }));
  }

  #onRecover({ blockedMs }: Silence): void {
    const { extensionId, log } = this.#options;
    this.#silences += 1;
    log.add("host", "info", describeRecovery(extensionId, blockedMs));
  }

  /** After the look into it, or a second one, which take less than a second each: without that, its death would teach nobody anything. */
  async #onLimit({ blockedMs }: Silence): Promise<void> {
    const { extensionId, kill } = this.#options;
    const silence = this.#silences;
    let report = await this.#profiling;
    // A busy machine may have had no time for the first one.
    if (report?.isNode === true && report.hot === undefined) report = await this.#profiler.profile();
    if (silence === this.#silences) kill(hangError({ extensionId, blockedMs, report }));
  }
}

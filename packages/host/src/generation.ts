import {
  type ExecuteToolParams,
  type HelloParams,
  type HostNotifications,
  type HostRequests,
  type LogParams,
  type ShutdownReason,
  TauError,
  type ToolDefinition,
  type ToolResult,
  type UpdateRegistryParams,
} from "tau-protocol";
import { createPeer, type Peer, type RequestOptions } from "tau-rpc";
import { toolError } from "./call-errors.ts";
import { callWithin } from "./call-limits.ts";
import type { HostContext } from "./context.ts";
import { deferClose } from "./deferred-close.ts";
import {
  channelError,
  describeEnd,
  describeLeft,
  endError,
  floodError,
  unansweredError,
  unreadError,
} from "./describe-end.ts";
import { answerExtension } from "./extension-requests.ts";
import { FaultLog } from "./fault-log.ts";
import { HangWatch } from "./hang-watch.ts";
import type { Offer } from "./hello-result.ts";
import type { ExitStatus, Launched } from "./launch/launcher-client.ts";
import type { ProcessUsage } from "./launch/limits.ts";
import { type Leases, createLeases } from "./leases.ts";
import type { InspectorLines } from "./liveness/inspector-lines.ts";
import type { GenerationLog } from "./output-log.ts";
import type { StartPlan } from "./plan.ts";
import { serveNotifications } from "./services.ts";
import { settlesWithin } from "./settles-within.ts";
import { readToolResult } from "./validate/result.ts";

export interface GenerationOptions {
  extensionId: string;
  number: number;
  launched: Launched;
  /** What was started. */
  plan: StartPlan;
  context: HostContext;
  log: GenerationLog;
  /** The extension adds or removes tools at run time. Rejects to refuse. */
  onRegistryUpdate(update: UpdateRegistryParams, from: Generation): Promise<void>;
  /** What its inspector says on stderr, where it has one. */
  inspectorLines: InspectorLines;
  /** It has not answered for seconds. `error` says what it does instead, as far as can be seen. */
  onHang: (error: TauError) => void;
  /** Once: the process is gone, every call has settled. `error` says why, unless it was asked to go. */
  onEnd(error: TauError | undefined): void;
}

/** Why a generation ended, when the process itself does not tell. The first reason counts. */
type EndCause = { kind: "requested" } | { kind: "killed"; error: TauError };

/** How long a process may outlive its channel, in milliseconds. Its end tells more than the channel's. */
const EXIT_GRACE_MS = 500;

/** One running version of an extension, from launch to exit. */
export class Generation {
  readonly number: number;
  readonly pid: number;
  readonly plan: StartPlan;
  /** By the host's clock. */
  readonly startedAt: number;
  /** Resolves when the process is gone and every call has settled. */
  readonly ended: Promise<void>;
  offer: Offer | undefined;
  /** Its offer, which is being read. It may change its tools before that is done. */
  offering: Promise<Offer> | undefined;
  /** What it offers at the moment: the tools of its offer, and what it changed since. */
  tools: readonly ToolDefinition[] = [];
  /** How it ended, once it has. */
  failure: TauError | undefined;
  /** False from the moment at which it is known to end, which is before everybody has been told. */
  usable = true;
  readonly #options: GenerationOptions;
  readonly #peer: Peer<HostRequests, HostNotifications>;
  #cause: EndCause | undefined;
  #exit: ExitStatus | undefined;
  readonly #leases: Leases = createLeases();
  readonly #faults: FaultLog;
  #hangWatch: HangWatch | undefined;

  constructor(options: GenerationOptions) {
    this.#options = options;
    this.number = options.number;
    this.plan = options.plan;
    this.pid = options.launched.pid;
    const { context, launched } = options;
    const { clock } = context;
    this.startedAt = clock.now();
    this.#faults = new FaultLog({
      log: options.log,
      clock,
      onFlood: (what) => this.kill(floodError(options.extensionId, what)),
    });
    void launched.exited.then((exit) => {
      this.#exit = exit;
      this.usable = false;
      options.log.endOutput();
      if (exit.left !== undefined) options.log.add("host", "error", describeLeft(exit.left));
      options.inspectorLines.end();
    });
    let markEnded: () => void = () => {};
    this.ended = new Promise((resolve) => {
      markEnded = resolve;
    });
    this.#peer = createPeer<HostRequests, HostNotifications>(
      deferClose(launched.channel, { exited: launched.exited, settle: () => this.#awaitExit(), clock }),
      {
        clock,
        cancelGraceMs: context.limits.cancelGraceMs,
        requests: {
          ...answerExtension(options, () => this.#peer),
          "registry/update": (params) => options.onRegistryUpdate(params as UpdateRegistryParams, this),
        },
        notifications: {
          ...serveNotifications(context, options.extensionId),
          log: (params) => this.#writeLog(params as unknown as LogParams),
        },
        onFault: (fault) => this.#faults.note(fault),
        onUnread: (bytes) => this.kill(unreadError(options.extensionId, bytes)),
        onUnanswered: (request) => {
          const error = unansweredError(options.extensionId, request, context.limits.cancelGraceMs);
          // Before its offer is read there is no watch: whoever starts it ends it when `hello` takes too long.
          if (error !== undefined) void this.#hangWatch?.endUnanswered(error);
        },
        createCloseError: (method) => this.#closeError(method),
        onClose: () => {
          this.#hangWatch?.stop();
          this.failure = this.#closeError();
          options.onEnd(this.#cause?.kind === "requested" ? undefined : this.failure);
          markEnded();
        },
      },
    );
  }

  hello(params: HelloParams, timeoutMs: number): Promise<unknown> {
    return this.#peer.request("hello", params, { timeoutMs });
  }

  /** Whether the process answers at all. */
  async ping(timeoutMs: number): Promise<boolean> {
    return this.#peer.request("ping", {}, { timeoutMs }).then(
      () => true,
      () => false,
    );
  }

  useOffer(offer: Offer): void {
    this.offer = offer;
    this.#hangWatch = new HangWatch({
      ...this.#options,
      pid: this.pid,
      plan: this.plan,
      ping: () => this.#peer.request("ping", {}),
      kill: (error) => this.kill(error),
    });
    this.tools = offer.tools;
    if (offer.maxLineBytes !== undefined) this.#peer.setMaxSendBytes(offer.maxLineBytes);
  }

  /** Not async: this is the hot path, and each await costs a turn of the microtask queue. */
  execute(params: ExecuteToolParams, options: RequestOptions): Promise<ToolResult> {
    const { callLimits: limits } = this.plan;
    if (limits === undefined) return this.#execute(params, options);
    const whose = { limits, tool: params.tool, extensionId: this.#options.extensionId };
    return callWithin(whose, options, (within) => this.#execute(params, within));
  }

  #execute(params: ExecuteToolParams, options: RequestOptions): Promise<ToolResult> {
    return this.#peer.request("tool/execute", params, options).then(
      (result) => this.#readResult(result, params.tool),
      (error: unknown) => {
        throw toolError(error, params.tool, this.#options.extensionId);
      },
    );
  }

  request: Peer<HostRequests, HostNotifications>["request"] = (method, params, options) =>
    this.#peer.request(method, params, options);

  notifyShared: Peer<HostRequests, HostNotifications>["notifyShared"] = (shared) => this.#peer.notifyShared(shared);

  /** What it uses of the machine now. */
  usage(): Promise<ProcessUsage | undefined> {
    return this.#options.launched.usage();
  }

  /** Whether it was asked something, or asks something itself. Whether it answers at all is asked of those, too, who have nothing to do. */
  get busy(): boolean {
    return this.#peer.pending > (this.#hangWatch?.pings ?? 0) || this.#peer.serving > 0 || this.#leases.size > 0;
  }

  /** Somebody will ask it again: it is not drained before the answer is called. */
  hold(): () => void {
    return this.#leases.take();
  }

  /** Resolves when no call runs and nobody holds it, or after the time. */
  async drain(timeoutMs: number): Promise<void> {
    const quiet = this.#peer
      .idle()
      .then(() => this.#leases.released())
      .then(() => this.#peer.idle());
    await settlesWithin(quiet, timeoutMs, this.#options.context.clock);
  }

  /**
   * Cancels what runs, asks the process to end, then makes it. Resolves when nothing of it is left. Cancelled work may clean
   * up, as it may after any cancel, in the time that an orderly end has as a whole.
   */
  async stop(reason: ShutdownReason): Promise<void> {
    this.#cause ??= { kind: "requested" };
    this.usable = false;
    this.#hangWatch?.stop();
    const { clock, limits } = this.#options.context;
    const deadline = clock.now() + limits.shutdownTimeoutMs;
    this.#peer.cancelAll((method) => this.#closeError(method));
    await settlesWithin(this.#peer.idle(), limits.shutdownTimeoutMs, clock);
    const timeoutMs = deadline - clock.now();
    if (timeoutMs > 0) await this.#peer.request("shutdown", { reason }, { timeoutMs }).catch(() => undefined);
    await this.#options.launched.kill();
    this.#peer.close();
    await this.ended;
  }

  /** Ends the process at once. Calls in flight fail with `error`. */
  kill(error: TauError): void {
    this.#cause ??= { kind: "killed", error };
    this.usable = false;
    this.#hangWatch?.stop();
    void this.#options.launched.kill().then(() => this.#peer.close());
  }

  #writeLog({ level, message, data }: LogParams): void {
    const known = ["debug", "info", "warn", "error"].includes(level) ? level : "info";
    this.#options.log.add("log", known, data === undefined ? String(message) : `${message} ${JSON.stringify(data)}`);
  }

  /** A process without a channel is of no use: what has not ended by itself is ended. */
  async #awaitExit(): Promise<void> {
    const { launched, context, extensionId } = this.#options;
    this.usable = false;
    if (await settlesWithin(launched.exited, EXIT_GRACE_MS, context.clock)) return;
    await launched.kill();
    // Any other end was its own, and told of late.
    if ((await launched.exited).signal === "SIGKILL")
      this.#cause ??= { kind: "killed", error: channelError(extensionId) };
  }

  #readResult(result: unknown, tool: string): ToolResult {
    try {
      return readToolResult(result, tool);
    } catch (error) {
      throw toolError(error, tool, this.#options.extensionId);
    }
  }

  #closeError(method?: string): TauError {
    const { extensionId, log } = this.#options;
    const facts = { extensionId, stderrTail: log.tail(), faults: this.#faults.count };
    if (this.#cause?.kind === "killed") return endError(this.#cause.error, facts);
    if (this.#cause?.kind === "requested") {
      const text = `Extension \`${extensionId}\` was stopped before \`${method ?? "it"}\` answered.`;
      return new TauError("extension-stopped", text, { extensionId, executed: "maybe" });
    }
    return endError(describeEnd(extensionId, this.#exit), facts);
  }
}

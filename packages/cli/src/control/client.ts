import { TauError } from "tau-protocol";
import { type Clock, createPathChannel, createPeer, type Peer, systemClock } from "tau-rpc";
import { type ControlSocket, controlDirectory } from "./directory.ts";
import { CONTROL_PROTOCOL, type ControlRequests, type ProcessReport, type ReloadReport } from "./messages.ts";
import { liveSockets } from "./sockets.ts";

export interface ControlClientOptions {
  /** Whose `TAU_HOME`, or else home directory, is looked in. @default process.env */
  env?: NodeJS.ProcessEnv;
  /** How long a process may take to answer what it can answer at once, in milliseconds. @default 3000 */
  timeoutMs?: number;
  /** Aborting gives everything up. */
  signal?: AbortSignal;
  /** @default the machine's */
  clock?: Clock;
}

/** A process that runs extensions, and the line to it. */
export interface RunningProcess {
  /** As it was when it was found. */
  readonly report: ProcessReport;
  /** For what is answered at once, and for what is followed. */
  readonly peer: Peer<ControlRequests, object>;
  /**
   * For what may take long: waits as long as the process shows, by other answers, that it is there.
   * @throws TauError `timed-out` when it does not
   */
  ask(method: "reload" | "enable", params: { extensionId: string }): Promise<ReloadReport>;
}

export interface FoundProcesses {
  /** In order of their numbers. */
  running: RunningProcess[];
  /** Processes that are there and can't be talked to, with the reason. */
  unreachable: { pid: number; error: TauError }[];
  /** Ends the lines. */
  close: () => void;
}

/**
 * Looks for this user's processes that run extensions.
 * @throws TauError where their directory is somebody else's
 */
export async function findProcesses(options: ControlClientOptions = {}): Promise<FoundProcesses> {
  const { env = process.env, timeoutMs = 3000, clock = systemClock, signal } = options;
  const sockets = await liveSockets(controlDirectory(env));
  const lines = sockets.map((socket) => new Line(socket, { timeoutMs, clock, signal }));
  const found: FoundProcesses = {
    running: [],
    unreachable: [],
    close: () => {
      for (const line of lines) line.peer.close();
    },
  };
  const outcomes = await Promise.all(lines.map((line) => line.open()));
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome instanceof Line) found.running.push(outcome);
    else if (outcome !== undefined) found.unreachable.push({ pid: sockets[index]?.pid ?? 0, error: outcome });
  }
  return found;
}

/** Between two looks at whether a process that works on something is still there. */
const PING_PAUSE_MS = 1000;

interface LineOptions {
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal | undefined;
}

class Line implements RunningProcess {
  readonly peer: Peer<ControlRequests, object>;
  report: ProcessReport;
  readonly #options: LineOptions;

  constructor({ path, pid }: ControlSocket, options: LineOptions) {
    this.#options = options;
    this.report = { protocol: CONTROL_PROTOCOL, pid, cwd: "", title: "", extensions: [] };
    this.peer = createPeer(createPathChannel({ path }), {
      clock: options.clock,
      createCloseError: () => new TauError("channel-closed", `Process ${pid} ended before it answered.`),
    });
  }

  /** Asks who is there. Nothing where that one has just ended. @throws what aborted it */
  async open(): Promise<Line | TauError | undefined> {
    const { pid } = this.report;
    try {
      this.report = await this.peer.request("list", {}, this.#forAMoment());
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      const failure = error as TauError;
      if (failure.code === "channel-closed") return undefined;
      return failure.code === "timed-out" ? this.#silence() : failure;
    }
    const { protocol } = this.report;
    if (protocol === CONTROL_PROTOCOL) return this;
    const text = `Process ${pid} speaks version ${protocol} of tau's control protocol, this command version ${CONTROL_PROTOCOL}. Use the \`tau\` that started it.`;
    return new TauError("protocol-mismatch", text, { executed: "no" });
  }

  async ask(method: "reload" | "enable", params: { extensionId: string }): Promise<ReloadReport> {
    const { signal } = this.#options;
    const silent = new AbortController();
    const signals = signal === undefined ? [silent.signal] : [silent.signal, signal];
    const answer = this.peer.request(method, params, { signal: AbortSignal.any(signals) });
    const answered = answer.then(
      () => true,
      () => true,
    );
    // A ping that fails for want of a line fails the request as well, with the better words.
    void this.#pingUntil(answered).catch(() => silent.abort());
    try {
      return await answer;
    } catch (error) {
      throw silent.signal.aborted ? this.#silence() : error;
    }
  }

  async #pingUntil(answered: Promise<boolean>): Promise<void> {
    const { clock } = this.#options;
    const pause = (): Promise<false> => new Promise((resolve) => clock.setTimeout(() => resolve(false), PING_PAUSE_MS));
    while (!(await Promise.race([answered, pause()]))) await this.peer.request("ping", {}, this.#forAMoment());
  }

  #forAMoment(): { timeoutMs: number; signal: AbortSignal | undefined } {
    const { timeoutMs, signal } = this.#options;
    return { timeoutMs, signal };
  }

  #silence(): TauError {
    const { pid } = this.report;
    const text = `Process ${pid} is there and does not answer within ${this.#options.timeoutMs} ms. It may be stopped or stuck: try again, or end it with kill ${pid}.`;
    return new TauError("timed-out", text, { retryable: true });
  }
}

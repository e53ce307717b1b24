import { TauError } from "tau-protocol";

type Kind = "running" | "compacting";

/** What is done, and how to end that. */
type State =
  | { kind: "idle" }
  | { kind: Kind; work: Promise<unknown>; controller: AbortController }
  | { kind: "closed" };

/** One piece of work at a time: an agent does one thing. */
export class WorkSlot {
  #state: State = { kind: "idle" };
  #isClosing = false;
  readonly #onIdle: (last: { isAborted: boolean }) => void;

  /** @param onIdle called whenever work has ended and more may begin */
  constructor(onIdle: (last: { isAborted: boolean }) => void) {
    this.#onIdle = onIdle;
  }

  get kind(): State["kind"] {
    return this.#state.kind;
  }

  /**
   * Ends with the caller's signal, and with `abort`.
   * @throws TauError `invalid-request` while there is other work
   */
  async run<Result>(
    kind: Kind,
    given: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    this.assertIdle();
    const controller = new AbortController();
    const signal = given === undefined ? controller.signal : AbortSignal.any([given, controller.signal]);
    // Begins when the state says so: what it tells of may be answered at once.
    const done = Promise.resolve()
      .then(() => work(signal))
      .finally(() => {
        this.#state = { kind: "idle" };
        if (!this.#isClosing) this.#onIdle({ isAborted: signal.aborted });
      });
    // Whoever started it is told how it ended.
    this.#state = { kind, controller, work: done.catch(() => undefined) };
    return done;
  }

  abort(): void {
    if ("controller" in this.#state) this.#state.controller.abort(new TauError("cancelled", "Aborted by the user."));
  }

  async whenIdle(): Promise<void> {
    while ("work" in this.#state) await this.#state.work;
  }

  /** Ends what is done, and nothing is taken on any more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.abort();
    await this.whenIdle();
    this.#state = { kind: "closed" };
  }

  /** @throws TauError `invalid-request` */
  assertIdle(): void {
    const { kind } = this.#state;
    if (this.#isClosing) throw new TauError("invalid-request", "The agent is closed.", { executed: "no" });
    if (kind === "idle") return;
    const what = kind === "running" ? "working on something" : "summarising the conversation";
    const text = `The agent is ${what}. Wait for it, abort it, or say it with steer or followUp.`;
    throw new TauError("invalid-request", text, { executed: "no", retryable: true });
  }
}

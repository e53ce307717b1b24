import { randomUUID } from "node:crypto";
import { TauError } from "tau-protocol";
import type { EventHub } from "./events.ts";
import type { PromptContext, UserInterface } from "./user-interface.ts";

type PromptKind = "confirm" | "select" | "input" | "editor";
type PromptParams<Kind extends PromptKind> = Parameters<NonNullable<UserInterface[Kind]>>[0];
type PromptAnswer<Kind extends PromptKind> = Awaited<ReturnType<NonNullable<UserInterface[Kind]>>>;

/** Asks the user one thing at a time. Whoever asks meanwhile waits. */
export class Prompts {
  readonly #user: UserInterface;
  readonly #hub: EventHub;
  #last: Promise<unknown> = Promise.resolve();

  constructor(user: UserInterface, hub: EventHub) {
    this.#user = user;
    this.#hub = hub;
  }

  /** @throws TauError `unavailable` without a user, `cancelled` when it is taken back */
  async ask<Kind extends PromptKind>(
    kind: Kind,
    params: PromptParams<Kind>,
    context: PromptContext,
  ): Promise<PromptAnswer<Kind>> {
    const show = this.#user[kind] as
      | ((params: PromptParams<Kind>, context: PromptContext) => Promise<PromptAnswer<Kind>>)
      | undefined;
    if (show === undefined) {
      throw new TauError("unavailable", `There is no user to ask: ${params.title}`, { executed: "no" });
    }
    const before = this.#last;
    const asked = before.then(() => this.#show(kind, { params, context, show }));
    // The next one waits for the end of this one, whichever it is; whoever asked is told.
    this.#last = asked.catch(() => undefined);
    return untilAborted(asked, context.signal);
  }

  async #show<Kind extends PromptKind>(
    kind: Kind,
    { params, context, show }: Shown<Kind>,
  ): Promise<PromptAnswer<Kind>> {
    throwIfAborted(context.signal);
    const promptId = randomUUID();
    const { extensionId } = context;
    const { title } = params;
    this.#hub.emit("ui_prompt_start", {
      promptId,
      kind,
      title,
      ...(extensionId === undefined ? {} : { extension: extensionId }),
    });
    let answer: PromptAnswer<Kind> | undefined;
    try {
      answer = await untilAborted(show(params, context), context.signal);
      return answer;
    } finally {
      this.#hub.emit("ui_prompt_end", { promptId, dismissed: answer === undefined });
    }
  }
}

interface Shown<Kind extends PromptKind> {
  params: PromptParams<Kind>;
  context: PromptContext;
  show: (params: PromptParams<Kind>, context: PromptContext) => Promise<PromptAnswer<Kind>>;
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new TauError("cancelled", "The question was taken back.", { executed: "no", cause: signal.reason });
}

function untilAborted<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stop = (): void =>
      reject(new TauError("cancelled", "The question was taken back.", { executed: "no", cause: signal.reason }));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

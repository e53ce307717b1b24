import type { Message } from "tau-protocol";

/**
 * A notification for many peers, made into text once: the first of them pays for it. Its params must not change any more once it has
 * been sent.
 */
export class SharedNotification<Params extends object = object> {
  readonly jsonrpc = "2.0";
  readonly method: string;
  readonly params: Params;
  #text: string | undefined;

  constructor(method: string, params: Params) {
    this.method = method;
    this.params = params;
  }

  /** @throws TypeError for params that are no JSON */
  get text(): string {
    this.#text ??= JSON.stringify(this);
    return this.#text;
  }
}

/** A message as JSON. */
export function textOf(message: Message | SharedNotification): string {
  return message instanceof SharedNotification ? message.text : JSON.stringify(message);
}

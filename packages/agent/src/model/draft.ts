import type { JsonObject } from "tau-protocol";
import type { AssistantContent, AssistantMessage, ModelUsage, ProviderData } from "../message.ts";

/** An answer as it grows. Blocks keep the order in which they began. */
export class Draft {
  readonly #model: string;
  readonly #content: AssistantContent[] = [];
  /** Blocks of text and thoughts that may still grow, by the provider's id of them. */
  readonly #open = new Map<string, Extract<AssistantContent, { text: string }>>();

  constructor(model: string) {
    this.#model = model;
  }

  grow(type: "text" | "thinking", id: string, { text = "", provider }: { text?: string; provider: unknown }): void {
    const key = `${type} ${id}`;
    const known = this.#open.get(key);
    const block = known ?? (type === "text" ? { type, text: "" } : { type, text: "" });
    if (known === undefined) {
      this.#open.set(key, block);
      this.#content.push(block);
    }
    block.text += text;
    // The last one counts: signatures come at the end of a block.
    if (isObject(provider)) block.provider = provider;
  }

  addCall(call: { callId: string; tool: string; input: JsonObject; provider: unknown }): void {
    const { provider, ...rest } = call;
    this.#content.push({ type: "toolCall", ...rest, ...(isObject(provider) ? { provider } : {}) });
  }

  message(stopReason: AssistantMessage["stopReason"], usage: ModelUsage, error?: string): AssistantMessage {
    // A thought may have no text and be needed for its signature.
    const content = this.#content.filter(
      (part) => part.type === "toolCall" || part.text !== "" || part.provider !== undefined,
    );
    const facts = { role: "assistant" as const, stopReason, model: this.#model, usage: { ...usage } };
    return { ...facts, content: structuredClone(content), ...(error === undefined ? {} : { error }) };
  }
}

function isObject(value: unknown): value is ProviderData {
  return typeof value === "object" && value !== null;
}

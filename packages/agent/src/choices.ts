import type { Host } from "tau-host";
import { type ModelChoice, TauError, type ThinkingLevel } from "tau-protocol";
import type { EventHub } from "./events.ts";
import type { ModelTool, ResolvedModel } from "./model/model.ts";
import type { SessionSettings } from "./session/context.ts";
import type { Session } from "./session/session.ts";

export interface ChoicesParts {
  host: Host;
  hub: EventHub;
  session: () => Session;
  model: ResolvedModel;
  thinking: ThinkingLevel | undefined;
  /** @throws TauError `unknown-model`, `missing-key` */
  resolveModel: (reference: string) => ResolvedModel;
}

/** The model, how much it thinks and the tools it is offered. The session remembers them, once there is something in it. */
export class Choices {
  readonly #parts: ChoicesParts;
  #model: ResolvedModel;
  #thinking: ThinkingLevel | undefined;
  /** Absent: all there are. */
  #tools: ReadonlySet<string> | undefined;

  constructor(parts: ChoicesParts) {
    this.#parts = parts;
    this.#model = parts.model;
    this.#thinking = parts.thinking;
  }

  get model(): ResolvedModel {
    return this.#model;
  }

  get thinking(): ThinkingLevel | undefined {
    return this.#thinking;
  }

  get modelChoice(): ModelChoice {
    const thinking = this.#thinking;
    return { model: this.#model.reference, ...(thinking === undefined ? {} : { thinking }) };
  }

  /** @throws TauError `unknown-model`, `missing-key`, `session-failed` */
  async chooseModel(reference: string, thinking?: ThinkingLevel): Promise<void> {
    this.#changeModel(this.#parts.resolveModel(reference));
    this.#thinking = thinking ?? this.#thinking;
    if (this.#parts.session().leaf !== undefined) await this.remember();
  }

  /** The tools that the model is offered, of those there are at the moment. */
  offered(): ModelTool[] {
    const all = this.#parts.host.tools();
    const some = this.#tools === undefined ? all : all.filter(({ name }) => this.#tools?.has(name));
    return some.map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** @throws TauError `unknown-tool`, `session-failed` */
  async chooseTools(names: readonly string[]): Promise<void> {
    const known = new Set(this.#parts.host.tools().map(({ name }) => name));
    const missing = names.filter((name) => !known.has(name));
    if (missing.length > 0) {
      const text = `Expected tools that extensions offer, got ${missing.join(", ")}. There are: ${[...known].join(", ") || "none"}.`;
      throw new TauError("unknown-tool", text, { executed: "no" });
    }
    this.#tools = new Set(names);
    if (this.#parts.session().leaf !== undefined) await this.remember();
  }

  /**
   * Goes over to what a session remembers. What it does not remember stays.
   * @throws TauError `unknown-model`, `missing-key`; nothing has changed then
   */
  restore({ model, thinking, tools }: SessionSettings): void {
    const resolved = model === undefined ? this.#model : this.#parts.resolveModel(model);
    this.#thinking = thinking ?? this.#thinking;
    // Extensions that offer them may not be loaded yet.
    if (tools !== undefined) this.#tools = new Set(tools);
    this.#changeModel(resolved);
  }

  /** Writes down what the session does not know yet. @throws TauError `session-failed` */
  async remember(): Promise<void> {
    const session = this.#parts.session();
    const known = session.settings();
    const { reference } = this.#model;
    const tools = this.#tools === undefined ? undefined : [...this.#tools];
    if (known.model !== reference) await session.append({ type: "model", model: reference });
    if (this.#thinking !== undefined && known.thinking !== this.#thinking) {
      await session.append({ type: "thinking", level: this.#thinking });
    }
    if (tools !== undefined && known.tools?.join() !== tools.join()) await session.append({ type: "tools", tools });
  }

  #changeModel(model: ResolvedModel): void {
    const previous = this.#model.reference;
    this.#model = model;
    if (model.reference !== previous) this.#parts.hub.emit("model_select", { model: model.reference, previous });
  }
}

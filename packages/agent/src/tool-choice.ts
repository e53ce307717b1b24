import type { Host } from "tau-host";
import { TauError } from "tau-protocol";
import type { ModelTool } from "./model/model.ts";

/** Which tools the model is offered: all of them, until somebody chooses. */
export class ToolChoice {
  readonly #host: Host;
  #chosen: ReadonlySet<string> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  offered(): ModelTool[] {
    const all = this.#host.tools();
    const some = this.#chosen === undefined ? all : all.filter(({ name }) => this.#chosen?.has(name));
    return some.map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** @throws TauError `unknown-tool` */
  choose(names: readonly string[]): void {
    const known = new Set(this.#host.tools().map(({ name }) => name));
    const missing = names.filter((name) => !known.has(name));
    if (missing.length > 0) {
      const text = `Expected tools that extensions offer, got ${missing.join(", ")}. There are: ${[...known].join(", ") || "none"}.`;
      throw new TauError("unknown-tool", text, { executed: "no" });
    }
    this.#chosen = new Set(names);
  }
}

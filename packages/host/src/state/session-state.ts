import { answerRead, conflict, type Operation } from "./operation.ts";
import { Table } from "./table.ts";

/** One extension's values of the scope `session`: in memory, and gone with the session. */
export class SessionState {
  readonly #table = new Table();
  /** Goes on counting after the session's end: a revision never comes again (spec/protocol.md, S-7). */
  #revision = 0;

  /** @throws TauError `denied`, `invalid-params` */
  run(operation: Operation): object {
    if (operation.kind === "get" || operation.kind === "keys") return answerRead(this.#table, operation);
    const { key, ifRevision } = operation;
    const present = this.#table.revisionOf(key);
    if (ifRevision !== undefined && ifRevision !== present) throw conflict(key, ifRevision, present);
    if (operation.kind === "delete") {
      this.#table.delete(key);
      return {};
    }
    const refusal = this.#table.refusal(key, operation.text);
    if (refusal !== undefined) throw refusal;
    this.#revision += 1;
    this.#table.set(key, { text: operation.text, revision: this.#revision });
    return { revision: this.#revision };
  }

  clear(): void {
    this.#table.clear();
  }
}

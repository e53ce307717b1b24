import { isTauError, type JsonValue, type StateScope, TauError } from "tau-protocol";
import type { HostPeer } from "./session.ts";
import type { State, StateArea, StateEntry, StateWriteOptions } from "./state.ts";

/** The author's end of the `state/…` requests. */
export function createState(peer: () => HostPeer): State {
  return Object.assign(new HostStateArea(peer, "user"), { session: new HostStateArea(peer, "session") });
}

class HostStateArea implements StateArea {
  readonly #peer: () => HostPeer;
  readonly #scope: StateScope;
  /** Updates of one key go one after the other: they would only refuse each other. */
  readonly #updates = new Map<string, Promise<unknown>>();

  constructor(peer: () => HostPeer, scope: StateScope) {
    this.#peer = peer;
    this.#scope = scope;
  }

  async get<Value extends JsonValue>(key: string): Promise<Value | undefined> {
    return (await this.getEntry<Value>(key)).value;
  }

  async getEntry<Value extends JsonValue>(key: string): Promise<StateEntry<Value>> {
    const { value, revision } = await this.#peer().request("state/get", { scope: this.#scope, key });
    return { value: value as Value | undefined, revision };
  }

  async set(key: string, value: JsonValue, options: StateWriteOptions = {}): Promise<number> {
    if (value === undefined) throw invalid("Expected a JSON value, got undefined. Use `delete` to take a value away.");
    const params = { scope: this.#scope, key, value, ...onlyOver(options) };
    return (await this.#peer().request("state/set", params)).revision;
  }

  async delete(key: string, options: StateWriteOptions = {}): Promise<void> {
    await this.#peer().request("state/delete", { scope: this.#scope, key, ...onlyOver(options) });
  }

  async keys(prefix?: string): Promise<string[]> {
    const params = { scope: this.#scope, ...(prefix === undefined ? {} : { prefix }) };
    return (await this.#peer().request("state/keys", params)).keys;
  }

  update<Value extends JsonValue>(
    key: string,
    change: (old: Value | undefined) => Value | undefined,
  ): Promise<Value | undefined> {
    const before = this.#updates.get(key) ?? Promise.resolve();
    const update = before.then(() => this.#updateNow(key, change));
    // Whoever comes next waits for the end of this one, however it ends; the caller is told which it was.
    const end: Promise<void> = update.then(
      () => this.#forget(key, end),
      () => this.#forget(key, end),
    );
    this.#updates.set(key, end);
    return update;
  }

  async #updateNow<Value extends JsonValue>(
    key: string,
    change: (old: Value | undefined) => Value | undefined,
  ): Promise<Value | undefined> {
    for (;;) {
      const { value, revision } = await this.getEntry<Value>(key);
      const next = change(value);
      if (isThenable(next))
        throw invalid("Expected `change` to answer a value at once, got a promise. Await it before.");
      try {
        if (next === undefined) await this.delete(key, { ifRevision: revision });
        else await this.set(key, next, { ifRevision: revision });
        return next;
      } catch (error) {
        if (!wasOvertaken(error, revision)) throw error;
      }
    }
  }

  #forget(key: string, end: Promise<void>): void {
    if (this.#updates.get(key) === end) this.#updates.delete(key);
  }
}

function onlyOver({ ifRevision }: StateWriteOptions): StateWriteOptions {
  return ifRevision === undefined ? {} : { ifRevision };
}

/** Somebody wrote since (spec/protocol.md, S-9). Anything else that is denied stays denied. */
function wasOvertaken(error: unknown, revision: number): boolean {
  if (!isTauError(error) || error.code !== "denied") return false;
  const there = (error.detail as { revision?: unknown } | null | undefined)?.revision;
  return typeof there === "number" && there !== revision;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function invalid(message: string): TauError {
  return new TauError("invalid-params", message, { executed: "no" });
}

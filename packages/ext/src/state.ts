import { isTauError, type JsonValue, type StateScope, TauError } from "tau-protocol";
import type { HostPeer } from "./session.ts";

/** Values that the host keeps for this extension. Others do not see them; they outlive its process, and reloads. */
export interface State extends StateArea {
  /** Values that are forgotten when the agent's session ends. Reloads and crashes of the extension they survive. */
  readonly session: StateArea;
}

/**
 * JSON values by key. What is asked takes effect in the order of the asking, awaited or not. Rejects with a TauError: `invalid-params`
 * for a key of more than 256 characters, a value of more than 1 MiB, more than 10 000 keys or 16 MiB in all; `unavailable` where
 * the host keeps no state.
 */
export interface StateArea {
  /** The value, or `undefined` where there is none. A copy: changing it changes nothing that is kept. */
  get<Value extends JsonValue = JsonValue>(key: string): Promise<Value | undefined>;
  /** The value with its revision, which is 0 where there is none. */
  getEntry<Value extends JsonValue = JsonValue>(key: string): Promise<StateEntry<Value>>;
  /**
   * Answers the new revision. Values that are kept for good are on disk then.
   * Rejects with `denied` where `ifRevision` is given and is not the revision that is there; 0 writes only where there is nothing.
   */
  set(key: string, value: JsonValue, options?: StateWriteOptions): Promise<number>;
  /** Deleting what is not there is no error. `ifRevision` as for `set`. */
  delete(key: string, options?: StateWriteOptions): Promise<void>;
  /** All keys, sorted; those that begin with `prefix` where one is given. */
  keys(prefix?: string): Promise<string[]>;
  /**
   * Replaces a value by what `change` makes of it, and loses no update of anybody else's meanwhile: another call's, another
   * version's, another agent's. `change` answers the new value at once, or `undefined` to delete; it may run more than once.
   * Resolves with what it answered last.
   */
  update<Value extends JsonValue = JsonValue>(
    key: string,
    change: (old: Value | undefined) => Value | undefined,
  ): Promise<Value | undefined>;
}

export interface StateEntry<Value extends JsonValue = JsonValue> {
  readonly value: Value | undefined;
  readonly revision: number;
}

export interface StateWriteOptions {
  /** Write only over this revision. @default over any */
  ifRevision?: number;
}

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

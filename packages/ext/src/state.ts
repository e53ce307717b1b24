import type { JsonValue } from "tau-protocol";

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

import type { JsonValue } from "./json.ts";

/** `session`: forgotten with the session. `user`: kept for good. */
export type StateScope = "session" | "user";

/** `state/get`, extension → host. The answer is `{ value?, revision }`; no `value` when there is none. */
export interface GetStateParams {
  scope: StateScope;
  key: string;
}

export interface GetStateResult {
  value?: JsonValue;
  /** Grows with every write and never comes again. 0 when there is no value. */
  revision: number;
}

/** `state/set`, extension → host. Durable once answered. */
export interface SetStateParams {
  scope: StateScope;
  key: string;
  value: JsonValue;
  /** Write only over this revision; otherwise the answer is the error `denied`, with `detail: { revision }`. */
  ifRevision?: number;
}

export interface SetStateResult {
  revision: number;
}

/** `state/delete`, extension → host. */
export interface DeleteStateParams {
  scope: StateScope;
  key: string;
  /** As in `state/set`. */
  ifRevision?: number;
}

/** `state/keys`, extension → host. */
export interface ListStateParams {
  scope: StateScope;
  /** Only keys that begin with this. */
  prefix?: string;
}

export interface ListStateResult {
  /** Sorted by UTF-16 units. */
  keys: string[];
}

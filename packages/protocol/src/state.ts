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
  /** Changes with every write. 0 when there is no value. */
  revision: number;
}

/** `state/set`, extension → host. Durable once answered. */
export interface SetStateParams {
  scope: StateScope;
  key: string;
  value: JsonValue;
  /** Write only over this revision; otherwise the answer is the error `denied`. */
  ifRevision?: number;
}

export interface SetStateResult {
  revision: number;
}

/** `state/delete`, extension → host. */
export interface DeleteStateParams {
  scope: StateScope;
  key: string;
}

/** `state/keys`, extension → host. */
export interface ListStateParams {
  scope: StateScope;
  prefix?: string;
}

export interface ListStateResult {
  keys: string[];
}

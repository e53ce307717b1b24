import type { JsonValue } from "./json.ts";
import type { RequestMeta } from "./jsonrpc.ts";

/** What one generation hands to the next. At most 1 MiB as JSON. */
export interface HandedState {
  /** The shape of `value`, by the extension's own count. */
  version: number;
  value: JsonValue;
}

/** `state/collect`, host → extension, just before the next generation is started. */
export interface CollectStateParams {
  meta?: RequestMeta;
}

export interface CollectStateResult {
  /** Absent: nothing to hand over. */
  state?: HandedState;
}

/** `selftest/run`, host → extension, before the swap. Answering with an error keeps the old generation. */
export interface RunSelfTestParams {
  meta?: RequestMeta;
}

import { MAX_STATE_BYTES, MAX_STATE_KEYS, TauError } from "tau-protocol";

/** A value as it is kept: as text, because that is as large as it says, which an object of the same JSON is not. */
export interface StoredValue {
  text: string;
  revision: number;
}

/** One extension's values in one scope. */
export class Table {
  readonly #values = new Map<string, StoredValue>();
  #bytes = 0;

  get(key: string): StoredValue | undefined {
    return this.#values.get(key);
  }

  /** 0 where there is no value (spec/protocol.md, S-4). */
  revisionOf(key: string): number {
    return this.#values.get(key)?.revision ?? 0;
  }

  set(key: string, value: StoredValue): void {
    this.delete(key);
    this.#values.set(key, value);
    this.#bytes += sizeOf(key, value.text);
  }

  delete(key: string): void {
    const old = this.#values.get(key);
    if (old === undefined) return;
    this.#values.delete(key);
    this.#bytes -= sizeOf(key, old.text);
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }

  /** Sorted. */
  keys(prefix = ""): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** Keys and values, as UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#values.size;
  }

  /**
   * Why a value does not fit beside the others, or `undefined` (spec/protocol.md, S-6). `planned`: what else may come first, in
   * bytes and keys.
   */
  refusal(key: string, text: string, planned = { bytes: 0, keys: 0 }): TauError | undefined {
    const old = this.#values.get(key);
    const keys = this.#values.size + planned.keys + (old === undefined ? 1 : 0);
    if (keys > MAX_STATE_KEYS) return tooMuch("keys in this scope", MAX_STATE_KEYS, keys);
    const bytes = this.#bytes + planned.bytes + sizeOf(key, text) - (old === undefined ? 0 : sizeOf(key, old.text));
    // What makes it smaller is welcome, even where it is too large already.
    if (bytes <= MAX_STATE_BYTES || bytes <= this.#bytes) return undefined;
    return tooMuch("bytes of keys and values in this scope", MAX_STATE_BYTES, bytes);
  }
}

/** What an entry counts for. */
export function sizeOf(key: string, text: string): number {
  return Buffer.byteLength(key) + Buffer.byteLength(text);
}

function tooMuch(what: string, limit: number, got: number): TauError {
  const text = `Expected at most ${limit} ${what}, got ${got} with this value. Delete what is not needed, or keep large data in files.`;
  return new TauError("invalid-params", text, { executed: "no", detail: { limit, got } });
}

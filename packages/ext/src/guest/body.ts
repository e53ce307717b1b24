const FORM = "application/x-www-form-urlencoded;charset=UTF-8";

/** What a body can be made of here. */
export type BodySource = string | ArrayBuffer | ArrayBufferView | URLSearchParams | null | undefined;

/** A body that is whole: there are no streams between a guest and its host. */
export class Body {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #used = false;

  constructor(source: BodySource) {
    this.#bytes = bytesOf(source);
  }

  get bodyUsed(): boolean {
    return this.#used;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#used) throw new TypeError("Expected a body that was not read yet, got one that was. Use clone().");
    this.#used = this.#bytes.length > 0;
    return this.#bytes.slice();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** The bytes, read or not. */
  protected peek(): Uint8Array<ArrayBuffer> {
    if (this.#used) throw new TypeError("Expected a body that was not read yet, got one that was.");
    return this.#bytes;
  }
}

/** The type that a body says of itself, where the author gives none. */
export function typeOf(source: BodySource): string | undefined {
  if (typeof source === "string") return "text/plain;charset=UTF-8";
  return source instanceof URLSearchParams ? FORM : undefined;
}

function bytesOf(source: BodySource): Uint8Array<ArrayBuffer> {
  if (source === undefined || source === null) return new Uint8Array();
  if (typeof source === "string") return Uint8Array.from(new TextEncoder().encode(source));
  if (source instanceof URLSearchParams) return bytesOf(source.toString());
  if (source instanceof ArrayBuffer) return new Uint8Array(source.slice(0));
  if (ArrayBuffer.isView(source))
    return Uint8Array.from(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  throw new TypeError("Expected a body of text, bytes or URLSearchParams: in a guest there are no streams or forms.");
}

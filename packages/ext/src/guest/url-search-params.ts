type Init = string | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** Source: https://url.spec.whatwg.org/#interface-urlsearchparams */
export class URLSearchParams {
  #pairs: [string, string][];
  #onChange: ((text: string) => void) | undefined;

  constructor(init: Init = "", onChange?: (text: string) => void) {
    this.#pairs = read(init);
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#pairs.length;
  }

  get(name: string): string | null {
    return this.#pairs.find(([key]) => key === name)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter(([key]) => key === name).map(([, value]) => value);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some((pair) => isMeant(pair, name, value));
  }

  append(name: string, value: string): void {
    this.#change([...this.#pairs, [String(name), String(value)]]);
  }

  delete(name: string, value?: string): void {
    this.#change(this.#pairs.filter((pair) => !isMeant(pair, name, value)));
  }

  set(name: string, value: string): void {
    const index = this.#pairs.findIndex(([key]) => key === name);
    if (index === -1) {
      this.append(name, value);
      return;
    }
    const others = this.#pairs.filter(([key], at) => at <= index || key !== name);
    this.#change(others.map((pair, at) => (at === index ? [pair[0], String(value)] : pair)));
  }

  sort(): void {
    this.#change(this.#pairs.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))));
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void {
    for (const [name, value] of this.#pairs) callback(value, name, this);
  }

  entries(): IterableIterator<[string, string]> {
    return this.#pairs.map(([name, value]): [string, string] => [name, value]).values();
  }

  keys(): IterableIterator<string> {
    return this.#pairs.map(([name]) => name).values();
  }

  values(): IterableIterator<string> {
    return this.#pairs.map(([, value]) => value).values();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  }

  #change(pairs: [string, string][]): void {
    this.#pairs = pairs;
    this.#onChange?.(this.toString());
  }
}

function isMeant([key, value]: readonly [string, string], name: string, wanted: string | undefined): boolean {
  return key === name && (wanted === undefined || value === wanted);
}

function read(init: Init): [string, string][] {
  if (typeof init === "object") {
    const pairs = Symbol.iterator in init ? [...init] : Object.entries(init);
    return pairs.map(([name, value]) => [String(name), String(value)]);
  }
  const parts = String(init).replace(/^\?/, "").split("&");
  return parts
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      return at === -1 ? [decode(part), ""] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
}

/** Source: https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set */
function encode(text: string): string {
  const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(wellFormed(text))
    .replace(/[!'()~]/g, percent)
    .replaceAll("%20", "+");
}

function decode(text: string): string {
  const plain = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(plain);
  } catch {
    // Not percent-encoded UTF-8: each part that is stays readable.
    return plain.replace(/(?:%[0-9a-f]{2})+/gi, (part) => decodeBytes(part));
  }
}

function decodeBytes(percents: string): string {
  const bytes = percents.match(/[0-9a-f]{2}/gi)?.map((hex) => Number.parseInt(hex, 16)) ?? [];
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Half of a surrogate pair is no character. */
function wellFormed(text: string): string {
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");
}

import { type GuestHost, URL_PARTS, type UrlPart, type UrlParts } from "./host-functions.ts";
import { URLSearchParams } from "./url-search-params.ts";

type UrlHost = Pick<GuestHost, "parseUrl" | "changeUrl">;

/** The runner takes URLs apart, text for text: another parser than the host's would one day read one differently. */
export function createUrlClass(host: UrlHost): object {
  class URL {
    #parts: UrlParts;
    #params: URLSearchParams | undefined;

    constructor(text: unknown, base?: unknown) {
      const parsed = parse(host, text, base);
      if (parsed === undefined) throw new TypeError(`Invalid URL: ${asText(text)}`);
      this.#parts = parsed;
    }

    get searchParams(): URLSearchParams {
      this.#params ??= new URLSearchParams(this.#parts.search, (text) => this.#set("search", text));
      return this.#params;
    }

    toString(): string {
      return this.#parts.href;
    }

    toJSON(): string {
      return this.#parts.href;
    }

    read(part: UrlPart): string {
      return this.#parts[part];
    }

    change(part: UrlPart, value: unknown): void {
      this.#set(part, asText(value));
      this.#params = undefined;
    }

    #set(part: UrlPart, value: string): void {
      this.#parts = JSON.parse(host.changeUrl(this.#parts.href, part, value)) as UrlParts;
    }

    static canParse(text: unknown, base?: unknown): boolean {
      return parse(host, text, base) !== undefined;
    }

    static parse(text: unknown, base?: unknown): URL | null {
      return URL.canParse(text, base) ? new URL(text, base) : null;
    }
  }
  for (const part of URL_PARTS) {
    Object.defineProperty(URL.prototype, part, {
      get(this: URL) {
        return this.read(part);
      },
      set(this: URL, value: unknown) {
        // Source: https://url.spec.whatwg.org/#dom-url-origin: read-only.
        if (part !== "origin") this.change(part, value);
      },
      enumerable: true,
      configurable: true,
    });
  }
  return URL;
}

function parse(host: UrlHost, text: unknown, base: unknown): UrlParts | undefined {
  const parts = host.parseUrl(asText(text), base === undefined ? undefined : asText(base));
  return parts === undefined ? undefined : (JSON.parse(parts) as UrlParts);
}

/** Whatever it is, as the web's interfaces read it. */
function asText(value: unknown): string {
  return String(value as string);
}

import type { HttpFetchParams } from "tau-protocol";
import { Body, type BodySource, typeOf } from "./body.ts";

/** Who may have no body. Source: https://fetch.spec.whatwg.org/#dom-request */
const WITHOUT_BODY: readonly string[] = ["GET", "HEAD"];

/** Methods that are written in capitals, however they were given. Source: https://fetch.spec.whatwg.org/#concept-method-normalize */
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i;

type Redirect = Required<HttpFetchParams>["redirect"];

interface RequestFields {
  method?: string;
  headers?: ConstructorParameters<typeof Headers>[0];
  body?: BodySource;
  redirect?: Redirect;
  signal?: AbortSignal | null;
}

/** `Request` with what `fetch` by way of the host reads of it. */
export class Request extends Body {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly redirect: Redirect;
  readonly signal: AbortSignal;

  constructor(input: string | URL | Request, init: RequestFields = {}) {
    const from = input instanceof Request ? input : undefined;
    const body = init.body ?? from?.peek();
    super(body);
    this.url = from?.url ?? new URL(input as string).href;
    const method = init.method ?? from?.method ?? "GET";
    this.method = NORMALIZED.test(method) ? method.toUpperCase() : method;
    if (init.body !== undefined && init.body !== null && WITHOUT_BODY.includes(this.method))
      throw new TypeError(`Expected no body with ${this.method}, got one.`);
    this.headers = new Headers(init.headers ?? from?.headers);
    const type = typeOf(init.body);
    if (type !== undefined && !this.headers.has("content-type")) this.headers.set("content-type", type);
    this.redirect = init.redirect ?? from?.redirect ?? "follow";
    this.signal = init.signal ?? from?.signal ?? new AbortController().signal;
  }

  clone(): Request {
    return new Request(this);
  }
}

interface ResponseFields {
  status?: number;
  statusText?: string;
  headers?: ConstructorParameters<typeof Headers>[0];
}

export class Response extends Body {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly type = "default";
  readonly url: string = "";
  readonly redirected: boolean = false;

  constructor(body?: BodySource, { status = 200, statusText = "", headers }: ResponseFields = {}) {
    super(body);
    if (status !== 101 && !(status >= 200 && status <= 599))
      throw new RangeError(`Expected a status between 200 and 599, got ${status}.`);
    this.status = status;
    this.statusText = statusText;
    this.headers = new Headers(headers);
    const type = typeOf(body);
    if (type !== undefined && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  clone(): Response {
    const { status, statusText, headers, url, redirected } = this;
    const copy = new Response(this.peek(), { status, statusText, headers });
    return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } });
  }

  static json(value: unknown, init: ResponseFields = {}): Response {
    const response = new Response(JSON.stringify(value), init);
    if (new Headers(init.headers).get("content-type") === null)
      response.headers.set("content-type", "application/json");
    return response;
  }
}

/** Before servers were granted, and where none were. */
export function refuseFetch(): Promise<Response> {
  const why = "no server was granted to this extension (`permissions.network`), and a guest has no sockets";
  return Promise.reject(new TypeError(`fetch failed: ${why}`));
}

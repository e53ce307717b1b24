import { type IncomingMessage, request as requestPlain, type RequestOptions } from "node:http";
import { request as requestSecure } from "node:https";
import { type HttpFetchResult, type HttpHeader, TauError } from "tau-protocol";
import { errorText } from "tau-rpc";
import { type Target, unreachable } from "./resolve-target.ts";

export interface SendOptions {
  method: string;
  headers: readonly HttpHeader[];
  body: Buffer | undefined;
  /** In bytes. */
  maxBodyBytes: number;
  signal: AbortSignal;
}

/** These say how the connection is used and whose it is, which is the host's business. Encodings too: the answer is handed on as it is. */
const CONNECTION_HEADERS = new Set([
  "host",
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "content-length",
  "upgrade",
  "expect",
  "accept-encoding",
]);

export type Answer = Pick<HttpFetchResult, "status" | "statusText" | "headers"> & { body: Buffer };

/** One request to one address. @throws TauError `unavailable`, `message-too-large`; or the signal's reason */
export async function sendRequest({ url, address }: Target, options: SendOptions): Promise<Answer> {
  const { signal } = options;
  try {
    const response = await open({ url, address }, options);
    const body = await readBody(response, options.maxBodyBytes);
    const { statusCode = 0, statusMessage = "", rawHeaders } = response;
    return { status: statusCode, statusText: statusMessage, headers: pairs(rawHeaders), body };
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TauError ? error : unreachable(url, errorText(error));
  }
}

function open({ url, address }: Target, { method, headers, body, signal }: SendOptions): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method,
    headers: headersOf(headers, url, body),
    signal,
    // A connection of its own: none that was made for another name, or before the name was looked at.
    agent: false,
    lookup: (_host, wanted, done) => {
      if (wanted.all === true) done(null, [address]);
      else done(null, address.address, address.family);
    },
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? requestSecure : requestPlain)(url, options, resolve);
    request.once("error", reject);
    request.end(body);
  });
}

function headersOf(
  headers: readonly HttpHeader[],
  url: URL,
  body: Buffer | undefined,
): Record<string, string | string[]> {
  const grouped: Record<string, string[]> = {};
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    if (!CONNECTION_HEADERS.has(key)) grouped[key] = [...(grouped[key] ?? []), value];
  }
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  return { ...grouped, ...length, host: url.host, "accept-encoding": "identity" };
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= maxBytes) continue;
    response.destroy();
    const text = `Expected an answer of at most ${maxBytes} bytes, got a longer one. Ask for a part of it.`;
    throw new TauError("message-too-large", text, { executed: "yes" });
  }
  return Buffer.concat(chunks);
}

function pairs(raw: readonly string[]): HttpHeader[] {
  return Array.from({ length: raw.length / 2 }, (_, index) => ({
    name: raw[index * 2] ?? "",
    value: raw[index * 2 + 1] ?? "",
  }));
}

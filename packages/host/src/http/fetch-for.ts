import { validateHeaderName, validateHeaderValue } from "node:http";
import { type HttpFetchParams, type HttpFetchResult, type HttpHeader, TauError } from "tau-protocol";
import { asRecord } from "../as-record.ts";
import { show } from "../show.ts";
import { resolveTarget, systemResolve } from "./resolve-target.ts";
import { type Answer, sendRequest, type SendOptions } from "./send-request.ts";
import type { HttpServiceOptions } from "./serve-http.ts";

/** As browsers and Node do. Source: https://fetch.spec.whatwg.org/#http-redirect-fetch. */
const MAX_REDIRECTS = 20;

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Meant for one server; another one that it redirects to must not get them. */
const CREDENTIALS = new Set(["authorization", "cookie"]);

/** What is asked, of which server. */
export type Request = Required<Pick<HttpFetchParams, "url" | "method" | "headers" | "redirect">> & {
  body: Buffer | undefined;
};

/** Asks the server, and those that it redirects to. @throws TauError `denied`, `unavailable`, `message-too-large`; or the signal's reason */
export async function fetchFor(
  first: Request,
  signal: AbortSignal,
  options: HttpServiceOptions,
): Promise<HttpFetchResult> {
  const { reach, maxLineBytes, resolve = systemResolve } = options;
  let request = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const target = await resolveTarget(request.url, reach, resolve);
    const send: SendOptions = { ...request, signal, maxBodyBytes: Math.floor(maxLineBytes / 2) };
    const answer = await sendRequest(target, send);
    const location = REDIRECTS.includes(answer.status) ? headerOf(answer, "location") : undefined;
    if (location === undefined || request.redirect === "manual") return describe(answer, target.url, hops > 0);
    if (request.redirect === "error")
      throw refused(`Expected no redirect from ${target.url.href}, got ${answer.status}.`);
    request = redirect(request, answer, readLocation(location, target.url));
  }
  throw refused(`Expected at most ${MAX_REDIRECTS} redirects from ${first.url}, got more.`);
}

function readLocation(location: string, from: URL): URL {
  if (URL.canParse(location, from.href)) return new URL(location, from);
  const text = `Expected the redirect of ${from.href} to lead to a URL, got ${show(location)}. Ask with \`redirect: "manual"\` to see the answer.`;
  throw new TauError("unavailable", text, { executed: "yes" });
}

function redirect(request: Request, { status }: Answer, to: URL): Request {
  const isSame = new URL(request.url).origin === to.origin;
  const headers = isSame ? request.headers : request.headers.filter(({ name }) => !CREDENTIALS.has(name.toLowerCase()));
  const { method } = request;
  const becomesGet = (status === 303 && method !== "HEAD") || (status <= 302 && method === "POST");
  if (!becomesGet) return { ...request, url: to.href, headers };
  const rest = headers.filter(({ name }) => !name.toLowerCase().startsWith("content-"));
  return { ...request, url: to.href, headers: rest, method: "GET", body: undefined };
}

function describe({ status, statusText, headers, body }: Answer, { href }: URL, redirected: boolean): HttpFetchResult {
  return { status, statusText, url: href, redirected, headers, body: body.toString("base64") };
}

function headerOf({ headers }: Answer, wanted: string): string | undefined {
  return headers.find(({ name }) => name.toLowerCase() === wanted)?.value;
}

/** @throws TauError `invalid-params` */
export function readParams(params: Record<string, unknown>): Request {
  const { url, method = "GET", headers = [], body, redirect: mode = "follow" } = params;
  const isList =
    Array.isArray(headers) &&
    headers.every((each) => typeof asRecord(each)["name"] === "string" && typeof asRecord(each)["value"] === "string");
  if (typeof url !== "string") throw wrong("url", "a text", url);
  if (typeof method !== "string" || !/^[A-Za-z]{1,32}$/.test(method)) throw wrong("method", "a method of HTTP", method);
  if (!isList) throw wrong("headers", "a list of names and values", headers);
  expectSendable(headers as HttpHeader[]);
  if (body !== undefined && typeof body !== "string") throw wrong("body", "base64", body);
  if (mode !== "follow" && mode !== "manual" && mode !== "error")
    throw wrong("redirect", "follow, manual or error", mode);
  const bytes = body === undefined ? undefined : Buffer.from(body, "base64");
  return { url, method: method.toUpperCase(), headers: headers as HttpHeader[], body: bytes, redirect: mode };
}

function expectSendable(headers: readonly HttpHeader[]): void {
  for (const { name, value } of headers) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      // Its own words are Node's, and do not say which request this was.
      throw wrong("headers", "names and values that HTTP can send", `${name}: ${value}`);
    }
  }
}

function wrong(field: string, expected: string, got: unknown): TauError {
  const text = `Expected \`${field}\` of \`http/fetch\` to be ${expected}, got ${show(got)}.`;
  return new TauError("invalid-params", text, { executed: "no" });
}

function refused(message: string): TauError {
  return new TauError("denied", message, { executed: "yes" });
}

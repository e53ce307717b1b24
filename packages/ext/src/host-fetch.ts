import { type HttpFetchResult, isTauError } from "tau-protocol";
import { fromBase64, toBase64 } from "./base64.ts";
import type { HostPeer } from "./session.ts";

/**
 * `fetch` for an extension that can't open a socket: the host asks in its place, and checks where to. Bodies are whole, both ways.
 * Rejects as `fetch` does, with a TypeError whose cause says why.
 */
export function createHostFetch(peer: () => HostPeer): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { url, method, redirect, signal } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    const params = { url, method, redirect, headers: [...request.headers].map(([name, value]) => ({ name, value })) };
    try {
      const answer = await peer().request(
        "http/fetch",
        body.length === 0 ? params : { ...params, body: toBase64(body) },
        { signal },
      );
      return makeResponse(answer);
    } catch (error) {
      signal.throwIfAborted();
      throw isTauError(error) ? new TypeError(`fetch failed: ${error.message}`, { cause: error }) : error;
    }
  };
}

/** Statuses that never have a body. Source: https://fetch.spec.whatwg.org/#null-body-status. */
const WITHOUT_BODY: readonly number[] = [101, 103, 204, 205, 304];

function makeResponse({ status, statusText, headers, body, url, redirected }: HttpFetchResult): Response {
  const bytes = WITHOUT_BODY.includes(status) ? null : fromBase64(body);
  const response = new Response(bytes, {
    status,
    statusText,
    headers: headers.map(({ name, value }): [string, string] => [name, value]),
  });
  // Its constructor has no words for these.
  Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } });
  return response;
}

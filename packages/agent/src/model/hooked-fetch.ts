import type { JsonObject } from "tau-protocol";
import type { Fetch, RequestHooks } from "./model.ts";

/** A `fetch` that shows each request's JSON body and each response to the hooks. */
export function hookedFetch(fetch: Fetch, { onRequest, onResponse }: RequestHooks): Fetch {
  return async (input, init) => {
    const body = onRequest === undefined ? undefined : jsonBody(init?.body);
    const changed =
      body === undefined || onRequest === undefined ? init : { ...init, body: JSON.stringify(await onRequest(body)) };
    const response = await fetch(input, changed);
    onResponse?.({ status: response.status, headers: Object.fromEntries(response.headers) });
    return response;
  };
}

/** Providers' libraries hand over JSON as text. Anything else is no request to a model. */
function jsonBody(body: unknown): JsonObject | undefined {
  if (typeof body !== "string") return undefined;
  const value: unknown = JSON.parse(body);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

import type { RequestMeta } from "./jsonrpc.ts";

/** `http/fetch`, extension to host: for an extension in a sandbox, which can't open a socket. */
export interface HttpFetchParams {
  /** `http:` or `https:`, without a user or password. */
  url: string;
  /** @default "GET" */
  method?: string;
  /** Names and values, in order. Those that belong to the connection are the host's and left out. */
  headers?: HttpHeader[];
  /** Base64. */
  body?: string;
  /** @default "follow" */
  redirect?: "follow" | "manual" | "error";
  meta?: RequestMeta;
}

export interface HttpHeader {
  name: string;
  value: string;
}

export interface HttpFetchResult {
  status: number;
  statusText: string;
  /** Where the answer came from, after redirects. */
  url: string;
  redirected: boolean;
  headers: HttpHeader[];
  /** Base64. */
  body: string;
}

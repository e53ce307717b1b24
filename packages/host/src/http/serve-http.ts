import { TauError } from "tau-protocol";
import type { RequestHandler } from "tau-rpc";
import { FetchQueue } from "./fetch-queue.ts";
import type { Reach, Resolve } from "./resolve-target.ts";

export interface HttpServiceOptions {
  reach: Reach;
  /** The extension's longest line. The body is base64 in one. */
  maxLineBytes: number;
  /** Whether the extension does not read what it was answered. */
  isCongested: () => boolean;
  /** @default the system's */
  resolve?: Resolve;
}

/** For everything that comes back from another server, in milliseconds. Extensions give up earlier by themselves. */
const TIMEOUT_MS = 120_000;

/**
 * The host's answer to `http/fetch`: asks the server in the extension's place (spec/protocol.md, N-1 to N-4). What speaks HTTP is loaded
 * with the first request: a host that starts does not wait for it.
 */
export function serveHttp(options: HttpServiceOptions): RequestHandler {
  const queue = new FetchQueue(options.isCongested);
  return async (params, { signal }) => {
    if (options.reach !== "all" && options.reach.length === 0) {
      const text = "Expected an extension to which servers were granted, got one with none (`permissions.network`).";
      throw new TauError("unavailable", text, { executed: "no" });
    }
    const { fetchFor, readParams } = await import("./fetch-for.ts");
    const request = readParams(params);
    return queue.run(request.body?.length ?? 0, signal, () => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      return fetchFor(request, limit, options);
    });
  };
}

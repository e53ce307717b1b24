import type { HostNotifications, HostRequests } from "tau-protocol";
import type { Peer, RequestHandler } from "tau-rpc";
import type { GenerationOptions } from "./generation.ts";
import { serveHttp } from "./http/serve-http.ts";
import { serveRequests } from "./services.ts";

/** What one version may ask: what an agent answers, and what the host does by itself. */
export function answerExtension(
  options: GenerationOptions,
  peer: () => Pick<Peer<HostRequests, HostNotifications>, "parent" | "congested">,
): Record<string, RequestHandler> {
  const { context, extensionId, plan } = options;
  // What is not confined can open sockets of its own. It is answered all the same: one source runs at every isolation.
  const reach = plan.permissions === undefined ? "all" : (plan.network ?? []);
  return {
    ...serveRequests(context.services, { ...options, parentOf: (id) => peer().parent(id) }),
    ...context.state.requests(extensionId),
    "http/fetch": serveHttp({ reach, maxLineBytes: context.limits.maxLineBytes, isCongested: () => peer().congested }),
  };
}

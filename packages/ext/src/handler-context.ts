import type { RequestContext } from "tau-rpc";
import type { EventContext, Log } from "./api.ts";
import { Services } from "./services.ts";
import type { HostPeer } from "./session.ts";

export interface ContextParts {
  log: Log;
  peer: () => HostPeer;
  request: Pick<RequestContext, "id" | "signal">;
}

/** What a handler is given beside its event or arguments. The signal is made when first asked for. */
export class HandlerContext extends Services implements EventContext {
  readonly log: Log;
  readonly #request: ContextParts["request"];

  constructor({ log, peer, request }: ContextParts) {
    super(peer, request);
    this.log = log;
    this.#request = request;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}

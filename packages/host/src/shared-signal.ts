import { EventEmitter, getMaxListeners, setMaxListeners } from "node:events";

/**
 * One signal may end many loads and calls at the same time. Node takes more than ten listeners for a leak, and warns of it on
 * stderr; each of ours is taken away when its work is done. Who has set a number of their own keeps it.
 */
export function expectManyListeners(signal: AbortSignal | undefined): void {
  if (signal !== undefined && getMaxListeners(signal) === EventEmitter.defaultMaxListeners)
    setMaxListeners(Infinity, signal);
}

/** Events, as far as abort signals and the packages around them need them. Source: https://dom.spec.whatwg.org/#events */
export class Event {
  readonly type: string;
  readonly cancelable: boolean;
  readonly timeStamp = performance.now();
  target: unknown = null;
  currentTarget: unknown = null;
  defaultPrevented = false;
  stopped = false;

  constructor(type: string, { cancelable = false }: { cancelable?: boolean } = {}) {
    this.type = String(type);
    this.cancelable = cancelable;
  }

  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true;
  }

  stopPropagation(): void {}

  stopImmediatePropagation(): void {
    this.stopped = true;
  }
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

interface ListenerOptions {
  once?: boolean;
  signal?: { aborted: boolean; addEventListener(type: string, listener: () => void, options: ListenerOptions): void };
}

interface Entry {
  type: string;
  listener: Listener;
  once: boolean;
}

export class EventTarget {
  #entries: Entry[] = [];

  addEventListener(type: string, listener: Listener | null, options?: ListenerOptions | boolean): void {
    const { once = false, signal } = typeof options === "object" ? options : {};
    const isKnown = this.#entries.some((entry) => entry.type === type && entry.listener === listener);
    if (listener === null || isKnown || signal?.aborted === true) return;
    this.#entries.push({ type, listener, once });
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    // A new list: one that is being dispatched stays as it is.
    this.#entries = this.#entries.filter((entry) => entry.type !== type || entry.listener !== listener);
  }

  dispatchEvent(event: Event): boolean {
    event.target = this;
    event.currentTarget = this;
    const own: unknown = (this as Record<string, unknown>)[`on${event.type}`];
    if (typeof own === "function") callSafely(() => own.call(this, event) as unknown);
    for (const entry of this.#entries) {
      if (event.stopped) break;
      if (entry.type !== event.type || !this.#entries.includes(entry)) continue;
      if (entry.once) this.removeEventListener(entry.type, entry.listener);
      const { listener } = entry;
      callSafely(() => (typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event)));
    }
    return !event.defaultPrevented;
  }
}

/** What a listener throws is nobody's who dispatches: it is uncaught. */
function callSafely(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Counts who needs a thing to stay. */
export interface Leases {
  readonly size: number;
  /** The answer gives it back. Calling it again does nothing. */
  take(): () => void;
  /** Resolves when nobody needs it. */
  released(): Promise<void>;
}

export function createLeases(): Leases {
  const taken = new Set<object>();
  const waiting: (() => void)[] = [];
  return {
    get size() {
      return taken.size;
    },
    take() {
      const lease = {};
      taken.add(lease);
      return () => {
        taken.delete(lease);
        if (taken.size === 0) for (const resolve of waiting.splice(0)) resolve();
      };
    },
    released: () => (taken.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

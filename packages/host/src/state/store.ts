import type { TauError } from "tau-protocol";
import type { RequestHandler } from "tau-rpc";

export interface StateStoreOptions {
  /** Where the values of the scope `user` are kept, a directory for each extension. Made with the first write. */
  directory: string;
  /** Something was damaged and has been set aside. */
  onReport: (error: TauError) => void;
}

/** What the host keeps for its extensions (spec/protocol.md, S-1 to S-5). One for each host. */
export class StateStore {
  readonly #options: StateStoreOptions;

  constructor(options: StateStoreOptions) {
    this.#options = options;
  }

  /** The answers to one extension's `state/…` requests. Costs nothing until the first of them. */
  requests(_extensionId: string): Record<string, RequestHandler> {
    return {};
  }

  /** Forgets the values of the scope `session`, those of all extensions. */
  endSession(): void {}

  /** Resolves when everything that was asked for is on disk and no file is open. */
  async close(): Promise<void> {
    await Promise.resolve(this.#options);
  }
}

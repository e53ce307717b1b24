import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { TauError } from "tau-protocol";
import type { RequestHandler } from "tau-rpc";
import { directoryNameOf } from "./log-files.ts";
import { readOperation, readScope, STATE_METHODS } from "./operation.ts";
import { SessionState } from "./session-state.ts";
import { UserState } from "./user-state.ts";

export interface StateStoreOptions {
  /** Where the values of the scope `user` are kept, in a directory for each extension. Made with the first write. */
  directory: string;
  /** Something was damaged (`state-damaged`), or could not be tidied up (`internal-error`). No request is told of it. */
  onReport: (error: TauError) => void;
}

interface Scopes {
  session: SessionState;
  user: UserState;
}

/** What the host keeps for its extensions (spec/protocol.md, S-1 to S-10). One for each host. */
export class StateStore {
  readonly #options: StateStoreOptions;
  readonly #extensions = new Map<string, Scopes>();
  /** How this host knows its own lines in logs that other hosts write to as well. */
  readonly #writer = randomBytes(6).toString("base64url");
  #closed = false;

  constructor(options: StateStoreOptions) {
    this.#options = options;
  }

  /**
   * The answers to one extension's `state/get`, `state/set`, `state/delete` and `state/keys`, whichever version of it asks. Costs
   * nothing until the first of them.
   */
  requests(extensionId: string): Record<string, RequestHandler> {
    return Object.fromEntries(
      STATE_METHODS.map((method) => [
        method,
        (params: Record<string, unknown>) => {
          if (this.#closed) throw new TauError("shutting-down", "The host is closing.", { executed: "no" });
          const scope = readScope(params["scope"]);
          return this.#scopesOf(extensionId)[scope].run(readOperation(method, params));
        },
      ]),
    );
  }

  /** Forgets the values of the scope `session`, those of all extensions. The agent calls it when its session ends. */
  endSession(): void {
    for (const { session } of this.#extensions.values()) session.clear();
  }

  /** Refuses what is asked from now on. Resolves when everything else has been answered and no file is open. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#extensions.values()].map(({ user }) => user.close()));
  }

  #scopesOf(extensionId: string): Scopes {
    const known = this.#extensions.get(extensionId);
    if (known !== undefined) return known;
    const { directory, onReport } = this.#options;
    const user = new UserState({
      directory: join(directory, directoryNameOf(extensionId)),
      extensionId,
      writer: this.#writer,
      onReport,
    });
    const scopes: Scopes = { session: new SessionState(), user };
    this.#extensions.set(extensionId, scopes);
    return scopes;
  }
}

import { isTauError, type NotificationMessage, TauError } from "tau-protocol";
import type { Channel } from "tau-rpc";
import { createHandoverChannel } from "./handover-channel.ts";
import type { Launched, LauncherClient, LaunchListener, LaunchOptions } from "./launcher-client.ts";
import { assignSpare } from "./spare-assignment.ts";

export interface SpareOptions {
  launcher: LauncherClient;
  /** The runner without an extension, in a clean environment. */
  launch: LaunchOptions;
  /** Once, and never after it was taken or discarded: it could not be started, or broke while it waited. Nothing of it is left. */
  onEnd: (error: TauError) => void;
}

/** Of what a broken spare printed, in characters: enough to see why. */
const MAX_PRINTED = 500;

/** One process that waits for an extension. */
export class Spare {
  readonly #options: SpareOptions;
  readonly #starting: Promise<void>;
  #launched: Launched | undefined;
  /** Whose process it is, once it was taken. */
  #owner: LaunchListener | undefined;
  /** Nobody gets it any more. */
  #spoiled = false;
  #printed = "";

  constructor(options: SpareOptions) {
    this.#options = options;
    this.#starting = this.#start();
  }

  /**
   * The process, which has been told what to load and waits for `hello`. What it prints goes to `listener` from here on.
   * `undefined` where it is not up, not sound or not suited; it is as before then.
   */
  take(wanted: LaunchOptions, listener: LaunchListener): Launched | undefined {
    if (this.#launched === undefined || this.#spoiled) return undefined;
    const assignment = assignSpare(this.#options.launch, wanted);
    if (assignment === undefined) return undefined;
    this.#owner = listener;
    this.#launched.channel.send(createNotification("runner/load", { ...assignment }));
    return this.#launched;
  }

  /** Ends it, unless it was taken. Resolves when nothing of it is left. */
  async discard(): Promise<void> {
    this.#spoiled = true;
    await this.#starting;
    if (this.#owner === undefined) await this.#launched?.kill();
  }

  /** Never rejects. */
  async #start(): Promise<void> {
    const { launcher, launch } = this.#options;
    try {
      const launched = await launcher.launch(launch, {
        output: (output) => {
          if (this.#owner !== undefined) return this.#owner.output(output);
          this.#printed = (this.#printed + output.text).slice(0, MAX_PRINTED);
          this.#spoil("printed something");
        },
        exceeded: (excess) => {
          if (this.#owner !== undefined) return this.#owner.exceeded?.(excess);
          this.#spoil(`used ${excess.got} where its limit is ${excess.max} (${excess.limit})`);
        },
      });
      this.#launched = { ...launched, channel: this.#watch(launched), up: () => {} };
      // Whoever takes it has no time for what the next process needs.
      launched.up();
      // Queued before the process reads its channel. To be read at all compiles half of what an extension will need.
      launched.channel.send(createNotification("runner/rehearse", {}));
    } catch (error) {
      if (this.#spoiled) return;
      this.#spoiled = true;
      this.#options.onEnd(asError(error));
    }
  }

  /** A spare has nothing to say, and its channel ends a moment before its exit is known. */
  #watch({ channel, exited }: Launched): Channel {
    void exited.then(() => this.#spoil("ended"));
    return createHandoverChannel(channel, {
      message: () => this.#spoil("spoke unasked"),
      fault: () => this.#spoil("wrote nonsense to its channel"),
      closed: () => this.#spoil("ended"),
    });
  }

  #spoil(what: string): void {
    if (this.#owner !== undefined || this.#spoiled) return;
    this.#spoiled = true;
    void this.#finish(what);
  }

  /** Reports what it was, once nothing of it is left and all that it printed is here. */
  async #finish(what: string): Promise<void> {
    await this.#starting;
    await this.#launched?.kill();
    const end = await this.#launched?.exited;
    const printed = this.#printed === "" ? "" : ` It had printed: ${this.#printed.trim()}`;
    const text = `Expected the spare process to wait quietly for an extension, but it ${what}.${printed}`;
    const { exitCode = null, signal = null } = end ?? {};
    this.#options.onEnd(new TauError("spawn-failed", text, { executed: "no", exitCode, signal }));
  }
}

function createNotification(method: string, params: NonNullable<NotificationMessage["params"]>): NotificationMessage {
  return { jsonrpc: "2.0", method, params };
}

function asError(error: unknown): TauError {
  if (isTauError(error)) return error;
  return new TauError("spawn-failed", `The spare process could not be started: ${String(error)}`, { executed: "no" });
}

import { isTauError } from "tau-protocol";
import type { LauncherClient, LaunchOptions } from "../launch/launcher-client.ts";
import type { StartPlan } from "../plan.ts";
import { confine } from "./confine.ts";

export interface SandboxProbeOptions {
  launcher: LauncherClient;
  /** The host's PATH. */
  path: string;
}

/** Finds out by trying whether a sandbox can be made here: bubblewrap may be there, and not allowed to make one. */
export class SandboxProbe {
  readonly #options: SandboxProbeOptions;
  #found: Promise<string | undefined> | undefined;

  constructor(options: SandboxProbeOptions) {
    this.#options = options;
  }

  /** Why none can be made, in one line. `undefined` where one can. Tried once. */
  whyNot(): Promise<string | undefined> {
    this.#found ??= this.#try();
    return this.#found;
  }

  async #try(): Promise<string | undefined> {
    const { launcher, path } = this.#options;
    const output: string[] = [];
    try {
      const launch: LaunchOptions = { command: "true", args: [], cwd: "/", env: {}, channel: "stdio" };
      const permissions = { read: [], write: [], programs: [], network: [] };
      const open: StartPlan = { launch, runtime: "command", bundle: undefined, entry: undefined };
      const plan = confine(open, { permissions, env: {}, path });
      const { channel, exited } = await launcher.launch(plan.launch, { output: ({ text }) => output.push(text) });
      const { exitCode } = await exited;
      channel.close();
      return exitCode === 0 ? undefined : output.join("").trim().replaceAll("\n", " ");
    } catch (error) {
      if (isTauError(error)) return error.message;
      throw error;
    }
  }
}

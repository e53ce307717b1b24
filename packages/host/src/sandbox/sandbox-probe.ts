import { isTauError, TauError } from "tau-protocol";
import type { LauncherClient, LaunchOptions } from "../launch/launcher-client.ts";
import type { StartPlan } from "../plan.ts";
import { confine, missingFor, type SandboxLayer } from "./confine.ts";

export interface SandboxProbeOptions {
  launcher: LauncherClient;
  /** The host's PATH. */
  path: string;
}

/** The best first. */
const LAYERS: readonly SandboxLayer[] = ["namespaces", "landlock"];

/** Finds out by trying what can hold an extension here: bubblewrap may be there, and not allowed to make namespaces. */
export class SandboxProbe {
  readonly #options: SandboxProbeOptions;
  #found: Promise<SandboxLayer> | undefined;

  constructor(options: SandboxProbeOptions) {
    this.#options = options;
  }

  /** Tried until something holds, and then no more. @throws TauError `isolation-unavailable` with what each lacks */
  layer(): Promise<SandboxLayer> {
    this.#found ??= this.#find().catch((error: unknown) => {
      // It may be installed by the next time, or have failed for a moment.
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }

  /** Why there is none, in one line. `undefined` where there is one. */
  async whyNot(): Promise<string | undefined> {
    try {
      await this.layer();
      return undefined;
    } catch (error) {
      if (isTauError(error)) return error.message;
      throw error;
    }
  }

  async #find(): Promise<SandboxLayer> {
    const reasons: string[] = [];
    for (const layer of LAYERS) {
      const reason = await this.#try(layer);
      if (reason === undefined) return layer;
      reasons.push(`- ${layer}: ${reason}`);
    }
    const text = `The extension was not started, because it could not be confined to a sandbox here. \`tau doctor\` tries again. What was tried:\n${reasons.join("\n")}`;
    throw new TauError("isolation-unavailable", text, { executed: "no", phase: "launch" });
  }

  /** @returns why it does not hold anything */
  async #try(layer: SandboxLayer): Promise<string | undefined> {
    const { launcher, path } = this.#options;
    const missing = missingFor(layer, { path, platform: process.platform, machine: process.arch });
    if (missing !== undefined) return missing;
    const output: string[] = [];
    try {
      const launch: LaunchOptions = { command: "true", args: [], cwd: "/", env: {}, channel: "stdio" };
      const permissions = { read: [], write: [], programs: [], network: [], environment: [], limits: {} };
      const open: StartPlan = { launch, runtime: "command", bundle: undefined, entry: undefined };
      const plan = confine(open, { layer, permissions, env: {}, path, ownFolders: [] });
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

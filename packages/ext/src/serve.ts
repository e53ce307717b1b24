/**
 * tau-ext/serve: for an extension that is a command of its own, bundled or behind a wrapper. What tau starts from a source
 * file does not need it.
 */
import { basename } from "node:path";
import type { Setup } from "./api.ts";
import { openHostChannel } from "./channel.ts";
import { startSession } from "./session.ts";

export interface ServeOptions {
  /** @default the script's file name */
  name?: string;
  /** @default "0.0.0" */
  version?: string;
}

/**
 * Speaks with the host that started this process, and ends the process with the channel. Call it once, as early as
 * possible: output written before it may land between messages.
 */
export function serve(setup: Setup, options: ServeOptions = {}): void {
  startSession({
    channel: openHostChannel(process.env),
    loadSetup: () => setup,
    name: options.name ?? basename(process.argv[1] ?? "extension"),
    version: options.version ?? "0.0.0",
    onEnd: () => process.exit(),
  });
}

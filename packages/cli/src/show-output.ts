import type { Host } from "tau-host";
import type { Terminal } from "./terminal.ts";

/** `--verbose`: what extensions print and log, and what tau has to say about them. */
export function showOutput(host: Host, { note, noteColors }: Terminal): void {
  host.on("log", ({ extensionId, text }) => note(noteColors.dim(`${extensionId} | ${text}`)));
  host.on("error", (error) => note(noteColors.dim(`tau | ${error.message}`)));
}

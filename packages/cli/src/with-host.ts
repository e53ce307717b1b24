import { createHost, type Host } from "tau-host";
import type { TauContext } from "./context.ts";
import { environmentFrom, type ExtensionFlags, sourcesFrom } from "./extension-flags.ts";

/** Loads the extensions that the flags name, does the work, and leaves no process behind whatever happens. */
export async function withHost(
  context: TauContext,
  flags: ExtensionFlags,
  work: (host: Host) => Promise<void>,
): Promise<void> {
  const sources = sourcesFrom(flags);
  const env = environmentFrom(flags, context.process.env);
  const { timeout } = flags;
  const host = await createHost(timeout === undefined ? {} : { startTimeoutMs: timeout, callTimeoutMs: timeout });
  try {
    if (flags.verbose === true) showOutput(host, context);
    const { signal } = context;
    await Promise.all(sources.map((source) => host.load(source, { env, signal })));
    await work(host);
  } finally {
    await host.close();
  }
}

function showOutput(host: Host, { terminal: { note, noteColors } }: TauContext): void {
  host.on("log", ({ extensionId, text }) => note(noteColors.dim(`${extensionId} | ${text}`)));
  host.on("error", (error) => note(noteColors.dim(`tau | ${error.message}`)));
}

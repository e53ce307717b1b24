import { createHost, type ExtensionSource, type Host } from "tau-host";
import type { TauContext } from "./context.ts";
import { readPolicies } from "./discovery/policies.ts";
import { confinementFrom, environmentFrom, type ExtensionFlags, sourcesFrom } from "./extension-flags.ts";
import { type Confinement, withGrants } from "./grants/with-grants.ts";
import { showOutput } from "./show-output.ts";
import { watchExtensions } from "./watch.ts";

/** What a command does with extensions. */
export interface HostWork {
  /** The command with what it works on, for `tau ext list`: `tau call roll_dice`. */
  title: string;
  /** Changes after which it is done again where the user watches, by their reason. */
  repeatAfter: readonly string[];
  /** The signal aborts when the command ends, or when it is about to be done again. */
  run: (host: Host, signal: AbortSignal) => Promise<void>;
}

/** Loads the extensions that the flags name, does the work, and leaves no process behind whatever happens. */
export async function withHost(context: TauContext, flags: ExtensionFlags, work: HostWork): Promise<void> {
  const sources = sourcesFrom(flags);
  const env = environmentFrom(flags, context.process.env);
  const confinement = confinementFrom(flags);
  const confine = (source: ExtensionSource): Promise<Confinement> =>
    withGrants(source, confinement, context.process.env);
  const { timeout } = flags;
  const policies = await readPolicies(context.process.env, []);
  const limits = timeout === undefined ? {} : { startTimeoutMs: timeout, callTimeoutMs: timeout };
  const host = await createHost({ ...limits, policies });
  try {
    if (flags.verbose === true) showOutput(host, context.terminal);
    const { signal } = context;
    if (flags.watch === true) {
      const load = sources.map(
        (source) => async () => host.load(source, { ...(await confine(source)), env, signal, keepFailed: true }),
      );
      await watchExtensions({ host, load, context, work });
    } else {
      await Promise.all(sources.map(async (source) => host.load(source, { ...(await confine(source)), env, signal })));
      await work.run(host, signal);
    }
  } finally {
    await host.close();
  }
}

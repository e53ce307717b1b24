import { type ExtensionInfo, type Host, isTauError, type TauError } from "tau-host";
import { errorText } from "tau-rpc";
import type { ErrorReport, ExtensionReport } from "./messages.ts";

/** Everything there is to know of an extension, as JSON. */
export async function reportExtension(host: Host, info: ExtensionInfo): Promise<ExtensionReport> {
  const { id, state, isolation, sandboxLayer, permissions, generation, pid, tools, events, hooks } = info;
  const { uptimeMs, restarts, calls, error, lastError } = info;
  return {
    id,
    state,
    isolation,
    sandboxLayer: sandboxLayer ?? null,
    permissions: permissions ?? null,
    generation,
    pid: pid ?? null,
    tools,
    events,
    hooks,
    uptimeMs: uptimeMs === undefined ? null : Math.round(uptimeMs),
    restarts,
    calls,
    // It may have been unloaded since: the rest still tells what it was.
    usage: (await host.usage(id).catch(() => undefined)) ?? null,
    error: error === undefined ? null : reportTauError(error),
    lastError: lastError === undefined ? null : reportTauError(lastError),
  };
}

/** An error with the facts that a person or program elsewhere can use. */
export function describeError(error: unknown): ErrorReport {
  return isTauError(error) ? reportTauError(error) : { code: "internal-error", message: errorText(error) };
}

function reportTauError(error: TauError): ErrorReport {
  const { code, message, phase, diagnostics, exitCode, signal, stderrTail, remoteStack } = error;
  return {
    code,
    message,
    ...(phase === undefined ? {} : { phase }),
    ...(diagnostics === undefined ? {} : { diagnostics }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(stderrTail === undefined ? {} : { stderrTail }),
    ...(remoteStack === undefined ? {} : { remoteStack }),
  };
}

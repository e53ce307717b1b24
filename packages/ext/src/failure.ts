import { TauError, type WireErrorKind } from "tau-protocol";
import { errorText } from "tau-rpc";

/** What the author's code threw, as an error that travels with the author's stack. */
export function asFailure(error: unknown, kind: WireErrorKind): TauError {
  const stack = error instanceof Error ? error.stack : undefined;
  const executed = kind === "setup-failed" ? "no" : "maybe";
  return new TauError(kind, textOf(error), {
    executed,
    cause: error,
    ...(stack === undefined ? {} : { remoteStack: stack }),
  });
}

/** QuickJS, where there is no Buffer, throws `null` when nothing is left for an error. */
function textOf(error: unknown): string {
  return error === null && typeof Buffer === "undefined" ? "out of memory" : errorText(error);
}

import { TauError, type WireErrorKind } from "tau-protocol";
import { errorText } from "tau-rpc";

/** What the author's code threw, as an error that travels with the author's stack. */
export function asFailure(error: unknown, kind: WireErrorKind): TauError {
  const stack = error instanceof Error ? error.stack : undefined;
  const executed = kind === "setup-failed" ? "no" : "maybe";
  return new TauError(kind, errorText(error), {
    executed,
    cause: error,
    ...(stack === undefined ? {} : { remoteStack: stack }),
  });
}

import { isTauError, TauError, withDetails } from "tau-protocol";

/** Whatever was thrown, as an error of this extension's. */
export function asTauError(error: unknown, extensionId: string): TauError {
  if (isTauError(error)) return withDetails(error, { extensionId });
  return new TauError("internal-error", String(error), { extensionId, cause: error });
}

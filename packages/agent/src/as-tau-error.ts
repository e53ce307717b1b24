import { isTauError, TauError } from "tau-protocol";
import { errorText } from "tau-rpc";

/** What went wrong, as results and events carry it. */
export function asTauError(error: unknown): TauError {
  return isTauError(error) ? error : new TauError("internal-error", errorText(error), { cause: error });
}

import type { Settings } from "../discovery/settings.ts";
import type { Confinement } from "../grants/with-grants.ts";

/** Without those that confine nothing. */
const STRICTEST_FIRST = ["wasm", "sandbox"] as const;

/**
 * How an extension is confined by what the project's settings (first) and the user's (last) say. Any of them can confine it more
 * and none less; what it may reach there the user's word decides, where there is one.
 */
export function confinementOf(id: string, settings: readonly Settings[]): Confinement {
  const said = settings.map(({ isolation }) => own(isolation, id) ?? own(isolation, "*"));
  const isolation = STRICTEST_FIRST.find((each) => said.includes(each));
  if (isolation === undefined) return {};
  const granted = settings.map(({ permissions }) => own(permissions, id)).findLast((each) => each !== undefined);
  return { isolation, ...(granted === undefined ? {} : { permissions: granted }) };
}

function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

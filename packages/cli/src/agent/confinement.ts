import type { Settings } from "../discovery/settings.ts";
import type { Confinement } from "../grants/with-grants.ts";

/**
 * How an extension is confined by what the project's settings (first) and the user's (last) say. Any of them can put it into a sandbox
 * and none can take it out of one; what it may reach there the user's word decides, where there is one.
 */
export function confinementOf(id: string, settings: readonly Settings[]): Confinement {
  const isConfined = settings.some(({ isolation }) => (own(isolation, id) ?? own(isolation, "*")) === "sandbox");
  if (!isConfined) return {};
  const granted = settings.map(({ permissions }) => own(permissions, id)).findLast((each) => each !== undefined);
  return { isolation: "sandbox", ...(granted === undefined ? {} : { permissions: granted }) };
}

function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

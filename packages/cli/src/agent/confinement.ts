import type { GuestLimits } from "tau-host";
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
  const guest = smallest(settings.flatMap(({ guest: limits }) => own(limits, id) ?? own(limits, "*") ?? []));
  if (isolation === undefined) return guest;
  const granted = settings.map(({ permissions }) => own(permissions, id)).findLast((each) => each !== undefined);
  return { isolation, ...guest, ...(granted === undefined ? {} : { permissions: granted }) };
}

/** A component is a guest whether anybody says so or not: limits are handed on in any case. */
function smallest(all: readonly GuestLimits[]): Pick<Confinement, "guest"> {
  const least = (name: keyof GuestLimits): object => {
    const given = all.flatMap((limits) => limits[name] ?? []);
    return given.length === 0 ? {} : { [name]: Math.min(...given) };
  };
  const guest: GuestLimits = { ...least("memoryBytes"), ...least("cpuMsPerCall") };
  return Object.keys(guest).length === 0 ? {} : { guest };
}

function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

import type { GuestHost } from "./host-functions.ts";
import { GUEST_FILE } from "./names.ts";

/** What QuickJS tells of a frame. */
interface Site {
  getFunctionName(): string | null;
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  isNative(): boolean;
}

/** Makes stacks look as in Node and point at the author's sources; frames of the SDK's tell authors nothing and are left out. */
export function installStacks(host: Pick<GuestHost, "place">): void {
  const describe = (site: Site): string => {
    const name = site.getFunctionName();
    const place = placeOf(site, host);
    return name === null || name === "" || name.startsWith("<") ? place : `${name} (${place})`;
  };
  Error.prepareStackTrace = (error, sites) => {
    const theirs = (sites as unknown as Site[]).filter((site) => site.getFileName() !== GUEST_FILE);
    return `${headline(error)}${theirs.map((site) => `\n    at ${describe(site)}`).join("")}`;
  };
}

function placeOf(site: Site, host: Pick<GuestHost, "place">): string {
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
  if (site.isNative() || line === null || column === null) return "native";
  return host.place(line, column) ?? `${site.getFileName() ?? "unknown"}:${line}:${column}`;
}

function headline(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}

import type { ExtensionInfo } from "tau-host";

/** What an extension may reach, in one line. `undefined` where nothing holds it: it reaches what its user can. */
export function describeReach({
  isolation,
  sandboxLayer,
  permissions,
}: Pick<ExtensionInfo, "isolation" | "sandboxLayer" | "permissions">): string | undefined {
  // As long as it has not run, nobody knows what it was granted.
  if (isolation === "process" || permissions === undefined) return undefined;
  const { read = [], write = [] } = (permissions["files"] ?? {}) as Record<string, string[]>;
  const { programs = [], network = [], environment = [] } = permissions as Record<string, string[]>;
  const grants: [string, readonly string[]][] = [
    ["read", read],
    ["write", write],
    ["run", programs],
    ["ask", network],
    ["see", environment],
  ];
  const told = grants
    .filter(([, granted]) => granted.length > 0)
    .map(([verb, granted]) => `${verb} ${granted.join(", ")}`);
  const holder = sandboxLayer === undefined ? "" : `, held by ${sandboxLayer}`;
  return `${isolation}${holder}: ${told.length === 0 ? "may reach nothing" : `may ${told.join("; ")}`}`;
}

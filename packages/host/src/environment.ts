/**
 * What every extension gets of the host's environment: what programs need to find themselves and each other. API keys,
 * tokens and proxies' passwords live in the rest, which is granted by name or not at all.
 */
const PASSED_ON = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "TERM",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "XDG_STATE_HOME",
];

/** What of an environment every extension gets. */
export function cleanEnvironment(source: NodeJS.ProcessEnv): Record<string, string> {
  const passed = Object.entries(source).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (PASSED_ON.includes(entry[0]) || entry[0].startsWith("LC_")),
  );
  return Object.fromEntries(passed);
}

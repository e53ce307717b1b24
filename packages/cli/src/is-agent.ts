/** What tau does beside the agent, by the first word of the command line. */
export const OTHER_COMMANDS = ["tools", "call", "ext", "conformance", "doctor", "demo"] as const;

const OF_TAU_ITSELF = ["--help", "-h", "--help-all", "--helpAll", "-H", "--version", "-v"];

/** Whether a command line is for the agent: it names no other command, and asks for nothing about tau itself. */
export function isAgent([first = ""]: readonly string[]): boolean {
  return ![...OTHER_COMMANDS, ...OF_TAU_ITSELF].includes(first);
}

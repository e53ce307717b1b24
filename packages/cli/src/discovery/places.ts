import { homedir } from "node:os";
import { join } from "node:path";

/** Where tau keeps what is the user's. */
export function tauHome(env: NodeJS.ProcessEnv): string {
  const given = env["TAU_HOME"];
  return given === undefined || given === "" ? join(homedir(), ".tau") : given;
}

/** What a project brings along. */
export function projectFolder(cwd: string): string {
  return join(cwd, ".tau");
}

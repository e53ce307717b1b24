import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ProgramChannel, startCommand, type Started } from "../../packages/ext/test/processes.ts";

/** The folder of the Python package. */
export const PACKAGE = fileURLToPath(new URL("../../python/tau_ext/", import.meta.url));
export const SOURCES = `${PACKAGE}src`;

/** Why nothing can be tested here, or `undefined`. */
export const missingPython: string | undefined = findMissing();

function findMissing(): string | undefined {
  const { status, stdout } = spawnSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"], {
    encoding: "utf8",
  });
  if (status === 0 && stdout.trim() === "True") return undefined;
  return "Skipped: there is no python3 of version 3.10 or newer in PATH.";
}

/** What a Python program needs to find the package. */
export const PYTHON_ENVIRONMENT = { PYTHONPATH: SOURCES };

/** Starts a Python program. */
export function startPython(args: readonly string[], channel: ProgramChannel): Started {
  return startCommand(["python3", ...args], channel, PYTHON_ENVIRONMENT);
}

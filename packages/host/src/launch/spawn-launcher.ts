import type { ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";

export type SpawnFunction = typeof spawn;

/** A launcher that was started. */
export interface LauncherProcess {
  child: ChildProcess;
  socket: Duplex;
  /** Resolves when it has ended, or could not be started. */
  exited: Promise<void>;
}

/** @param name begins the token of every process that it will start */
export function spawnLauncher(spawnFunction: SpawnFunction, name: string): LauncherProcess {
  const child = spawnFunction(process.execPath, [LAUNCHER, name], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    // The launcher has to outlive whatever ends the host, a signal to the host's group included.
    detached: true,
    env: minimalEnvironment(),
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return { child, socket: child.stdio[3] as Duplex, exited };
}

const LAUNCHER = fileURLToPath(new URL("../launcher.cjs", import.meta.url));

/** What a launch leaves behind is collected early: the launcher stays small, however often extensions are started. */
const LAUNCHER_OPTIONS = "--max-semi-space-size=1";

function minimalEnvironment(): NodeJS.ProcessEnv {
  const { TMPDIR, PATH } = process.env;
  return {
    NODE_OPTIONS: LAUNCHER_OPTIONS,
    ...(PATH === undefined ? {} : { PATH }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
  };
}

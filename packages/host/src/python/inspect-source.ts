import { type Diagnostic, isTauError, TauError } from "tau-protocol";
import { createPeer, type Peer } from "tau-rpc";
import type { LauncherClient } from "../launch/launcher-client.ts";
import { resolveLimits } from "../launch/limits.ts";
import { pythonInspectorPath } from "./sdk-path.ts";

/** A Python file and the modules beside it that it imports. */
export interface InspectedSource {
  /** `3.11.7` */
  python: string;
  /** The interpreter itself, behind whatever `python3` stands for. */
  executable: string;
  /** Text by path. */
  files: Record<string, string>;
  /** SHA-256 of what was read, by path. */
  hashes: Record<string, string>;
  /** Paths at which a module would have counted. */
  missing: string[];
  diagnostics: Diagnostic[];
}

interface InspectorRequests {
  inspect: { params: { entry: string }; result: InspectedSource };
}

export interface InspectOptions {
  launcher: LauncherClient;
  environment: Record<string, string>;
}

const TIMEOUT_MS = 30_000;

/**
 * Reads an extension with the Python that will run it, and runs nothing of it.
 * @throws TauError `command-not-found` where there is no Python
 */
export async function inspectSource(
  entry: string,
  { launcher, environment }: InspectOptions,
): Promise<InspectedSource> {
  const tail: string[] = [];
  try {
    const launched = await launcher.launch(
      {
        command: "python3",
        // Isolated, and without what is installed: it starts in a third of the time.
        args: ["-I", "-S", pythonInspectorPath()],
        cwd: process.cwd(),
        env: environment,
        channel: "stdio",
        // What it reads the extension chooses.
        limits: resolveLimits(),
      },
      { output: ({ text }) => tail.splice(0, tail.length, ...[...tail, ...text.split("\n")].slice(-20)) },
    );
    const peer: Peer<InspectorRequests, object> = createPeer(launched.channel, {
      createCloseError: () => ended(entry, tail),
    });
    try {
      return await peer.request("inspect", { entry }, { timeoutMs: TIMEOUT_MS });
    } finally {
      peer.close();
      void launched.kill();
    }
  } catch (error) {
    if (!isTauError(error) || error.code !== "command-not-found") throw error;
    throw new TauError(
      "command-not-found",
      `Expected Python 3.10 or newer as \`python3\` in PATH to run ${entry}, found none. Install it: https://www.python.org/`,
      { phase: "build", executed: "no", cause: error },
    );
  }
}

function ended(entry: string, tail: readonly string[]): TauError {
  const last = tail.filter((line) => line.trim() !== "").at(-1);
  const text = `Expected \`python3\` to read ${entry}, but it ended${last === undefined ? "" : `: ${last}`}`;
  return new TauError("build-failed", text, { phase: "build", executed: "no", stderrTail: tail });
}

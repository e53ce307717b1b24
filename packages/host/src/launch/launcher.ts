/**
 * The launcher: a small process that starts all others for the host. Two reasons. Forking takes as long as copying the
 * parent's page tables, 40 ms for a host of 1 GB, and the host's event loop stands still meanwhile; this process stays
 * small. And it outlives a host that is killed, long enough to take every extension with it.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TauError } from "tau-protocol";
import { createFdChannel, createPeer, type Peer, systemClock } from "tau-rpc";
import { Census } from "./census.ts";
import { ChannelListeners } from "./channel-listeners.ts";
import { ChannelPipes } from "./channel-pipes.ts";
import { closeInherited } from "./inherited.ts";
import { killLaunchedBy } from "./kill-tree.ts";
import { LaunchedProcess, type Supervision } from "./launched-process.ts";
import { DIRECTORY_PREFIX, markDirectory, tidyLeftovers } from "./leftovers.ts";
import { LimitMarks } from "./limit-mark.ts";
import { LimitWatcher } from "./limit-watcher.ts";
import type { ProcessUsage } from "./limits.ts";
import type { ExceededParams, ExitParams, LaunchParams, ListenResult, OutputParams } from "./messages.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";

interface LauncherNotifications {
  output: OutputParams;
  exceeded: ExceededParams;
  exit: ExitParams;
}

/** A Unix socket's path has room for about 100 bytes. Source: unix(7). */
const MAX_DIRECTORY_LENGTH = 70;

/** What others left behind can wait until the first extension has started. */
const TIDY_DELAY_MS = 250;

/** Where the host speaks. */
const HOST_FD = 3;

closeInherited([HOST_FD]);

const name = process.argv[2] ?? "";
const base = tmpdir().length > MAX_DIRECTORY_LENGTH ? "/tmp" : tmpdir();
let directory = makeDirectory();
let closing = false;
const census = new Census(() => systemClock.now());
const supervision: Supervision = {
  census,
  marks: new LimitMarks(name),
  watcher: new LimitWatcher(census, systemClock),
  isClosing: () => closing,
};
const processes = new Map<string, LaunchedProcess>();
const listeners = new ChannelListeners(ownDirectory);
const pipes = new ChannelPipes(ownDirectory);
pipes.warmUp();

// The terminal's signals are for the host; this process ends with the host's channel and not before.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => {});

const peer: Peer<object, LauncherNotifications> = createPeer(createFdChannel({ fd: HOST_FD }), {
  requests: {
    listen: async () => listen(),
    spawn: async (params) => spawnProcess(params as unknown as LaunchParams),
    kill: async (params) => {
      await processes.get((params as { token: string }).token)?.kill();
      return {};
    },
    usage: async (params) => usageOf((params as { token: string }).token),
  },
  notifications: { up: () => supervision.marks.prepareNow() },
  onClose: () => void endWithHost(),
});

// What could not be tidied is left to the next launcher.
setTimeout(() => void tidyLeftovers(base).catch(() => undefined), TIDY_DELAY_MS);

/** A socket where there are no pipes: it is slower, and nothing else. */
async function listen(): Promise<ListenResult> {
  const pair = await pipes.open().catch(() => undefined);
  if (pair !== undefined) return { path: pair.toProcess, fromProcess: pair.fromProcess };
  return { path: await listeners.listen() };
}

async function spawnProcess(params: LaunchParams): Promise<{ pid: number }> {
  const { token, path } = params;
  const channel = pipes.take(path) ?? (await listeners.take(path));
  const temporary = makeTemporaryFolder(params, directory);
  const launched = new LaunchedProcess({
    params: temporary.params,
    supervision,
    channel,
    onOutput: (output) => peer.notify("output", output),
    onExceeded: (exceeded) => peer.notify("exceeded", exceeded),
    onExit: (exit) => {
      processes.delete(token);
      temporary.remove();
      peer.notify("exit", exit);
    },
  });
  processes.set(token, launched);
  try {
    return { pid: await launched.start() };
  } catch (error) {
    processes.delete(token);
    temporary.remove();
    throw spawnError(error);
  }
}

function usageOf(token: string): { usage?: ProcessUsage } {
  const usage = processes.get(token)?.usage();
  return usage === undefined ? {} : { usage };
}

/** The operating system's code travels as detail: the host knows what it asked for and can say what to do. */
function spawnError(error: unknown): TauError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new TauError("internal-error", message, { executed: "no", detail: { code: code ?? "UNKNOWN" } });
}

async function endWithHost(): Promise<void> {
  closing = true;
  await Promise.all([...processes.values()].map((launched) => launched.kill()));
  // Whatever was being started at that moment.
  await killLaunchedBy([name]);
  await pipes.settle();
  rmSync(directory, { recursive: true, force: true });
  process.exit();
}

/** Programs that tidy up temporary files take it away from a host that runs for days. */
function ownDirectory(): string {
  if (!existsSync(directory)) directory = makeDirectory();
  return directory;
}

function makeDirectory(): string {
  const made = mkdtempSync(join(base, DIRECTORY_PREFIX));
  markDirectory(made, name);
  return made;
}

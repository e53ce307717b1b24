import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build, type Format } from "esbuild";
import type { HelloResult, HostNotifications, HostRequests, JsonObject, LogParams } from "tau-protocol";
import { createPeer, createStreamChannel, type Peer, type PeerFault } from "tau-rpc";
import { openNamedPipes } from "./named-pipes.ts";
import { HELLO } from "./support.ts";

const RUNNER = createRequire(import.meta.url).resolve("tau-ext/runner");

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

export interface Folder {
  path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An empty folder that is gone afterwards. `name` may be one that programs get wrong. */
export async function makeFolder(name = "tau-ext-"): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), name)));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Bundles an extension as the host does: one file, and its map beside it. */
export async function bundle(source: string, folder: string, format: Format = "cjs"): Promise<string> {
  const outfile = join(folder, format === "cjs" ? "bundle.cjs" : "bundle.mjs");
  const common = {
    bundle: true,
    platform: "node",
    target: "node20",
    sourcemap: "external",
    logLevel: "silent",
  } as const;
  await build({ ...common, entryPoints: [source], outfile, format });
  return outfile;
}

export interface Output {
  stdout: string;
  stderr: string;
}

export interface Started {
  process: ChildProcess;
  readable: Readable;
  writable: Writable;
  output: Output;
  /** Once the process is gone and all of its output is here. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a bundle in the runner, on fd 3. */
export function startRunner(file: string, environment: NodeJS.ProcessEnv = { TAU_CHANNEL: "fd:3" }): Started {
  return startNode([RUNNER, file, "tested", "1.2.3"], environment);
}

/** Starts a runner that has to be told what to run. */
export function startSpare(): Started {
  return startNode([RUNNER], { TAU_CHANNEL: "fd:3" });
}

function startNode(args: string[], environment: NodeJS.ProcessEnv): Started {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...environment },
  });
  const socket = child.stdio[3] as Duplex;
  return watch(child, { readable: socket, writable: socket });
}

/** Starts a program that speaks on stdin and stdout. */
export function startProgram(file: string, environment: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, [file], { stdio: "pipe", env: { PATH: process.env["PATH"], ...environment } });
  return watch(child, { readable: child.stdout, writable: child.stdin });
}

/** How a program is spoken to: a socket, two pipes, or its stdin and stdout. */
export type ProgramChannel = "fd 3" | "pipes" | "stdio";

const ANNOUNCED: Readonly<Record<ProgramChannel, string>> = { "fd 3": "fd:3", pipes: "fd:3,4", stdio: "stdio" };

/** Starts any program. */
export function startCommand(
  command: readonly string[],
  channel: ProgramChannel,
  env: NodeJS.ProcessEnv = {},
): Started {
  const [program = "", ...args] = command;
  const pipes = channel === "pipes" ? openNamedPipes() : undefined;
  const ends = pipes?.fds ?? (channel === "fd 3" ? ["pipe" as const] : []);
  const child = spawn(program, args, {
    stdio: [channel === "stdio" ? "pipe" : "ignore", "pipe", "pipe", ...ends],
    env: { PATH: process.env["PATH"], TAU_CHANNEL: ANNOUNCED[channel], ...env },
  });
  pipes?.release();
  if (pipes !== undefined) return watch(child, pipes);
  if (channel === "stdio")
    return watch(child, { readable: child.stdout as Readable, writable: child.stdin as Writable });
  const socket = child.stdio[3] as Duplex;
  return watch(child, { readable: socket, writable: socket });
}

function watch(child: ChildProcess, { readable, writable }: { readable: Readable; writable: Writable }): Started {
  const output: Output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (stream !== null && stream !== readable)
      stream.on("data", (chunk: Buffer) => (output[name] += chunk.toString()));
  }
  writable.on("error", () => {});
  const exited = once(child, "close").then(([code, signal]) => ({ code, signal }) as Awaited<Started["exited"]>);
  return {
    process: child,
    readable,
    writable,
    output,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      readable.resume();
      await exited;
    },
  };
}

export interface ProcessHost {
  peer: Peer<HostRequests, HostNotifications>;
  offer: HelloResult;
  faults: PeerFault[];
  logs: LogParams[];
  call(tool: string, args?: JsonObject): Promise<string>;
  closed: Promise<void>;
}

/** Says hello to a process, as a host does. `before` may have a word with it first. */
export async function sayHello(
  { readable, writable }: Started,
  before?: (peer: ProcessHost["peer"]) => Promise<void>,
): Promise<ProcessHost> {
  const faults: PeerFault[] = [];
  const logs: LogParams[] = [];
  let close = (): void => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const peer = createPeer<HostRequests, HostNotifications>(createStreamChannel({ readable, writable }), {
    notifications: { log: (params) => void logs.push(params as unknown as LogParams) },
    onFault: (fault) => faults.push(fault),
    onClose: () => close(),
  });
  await before?.(peer);
  const offer = await peer.request("hello", HELLO, { timeoutMs: 15_000 });
  const call = async (tool: string, args: JsonObject = {}): Promise<string> => {
    const { content } = await peer.request("tool/execute", { tool, arguments: args });
    return content.map((piece) => (piece.type === "text" ? piece.text : piece.type)).join("\n");
  };
  return { peer, offer, faults, logs, call, closed };
}

import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface Child {
  process: ChildProcess;
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** The parent's end of fd 3. */
  socket: Duplex;
  exited: Promise<{ code: number | null; signal: string | null }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a program of `fixtures`. `channel` is its fd 3, if that is not one of Node's own making. */
export function startChild(fixture: string, args: readonly string[] = [], channel?: SocketPair): Child {
  const file = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
  const stdio: StdioOptions = ["pipe", "pipe", "pipe", channel?.right ?? "pipe"];
  const child = spawn(process.execPath, [file, ...args], { stdio });
  channel?.right.destroy();
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }) as Awaited<Child["exited"]>);
  const [stdin, stdout, stderr, socket] = child.stdio as unknown as [Writable, Readable, Readable, Duplex | null];
  return {
    process: child,
    stdin,
    stdout,
    stderr,
    socket: socket ?? (channel as SocketPair).left,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      await channel?.[Symbol.asyncDispose]();
    },
  };
}

/** The first line of a log. */
export async function firstLine(stream: Readable): Promise<string> {
  const [line] = (await once(createInterface(stream), "line")) as [string];
  return line;
}

export interface SocketPair {
  left: Socket;
  right: Socket;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Both ends of one connected Unix socket. */
export async function createSocketPair(): Promise<SocketPair> {
  const folder = await mkdtemp(join(tmpdir(), "tau-rpc-"));
  const server = createServer();
  server.listen(join(folder, "socket"));
  await once(server, "listening");
  const left = new Socket().connect(join(folder, "socket"));
  const [right] = (await once(server, "connection")) as [Socket];
  server.close();
  return {
    left,
    right,
    async [Symbol.asyncDispose]() {
      left.destroy();
      right.destroy();
      await rm(folder, { recursive: true });
    },
  };
}

import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket, type SocketConstructorOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two pipes, as the host gives them to what it starts. */
export interface NamedPipes {
  /** The process's ends: one to read, one to write. */
  fds: readonly [number, number];
  /** To be called when the process has its ends. */
  release(): void;
  readable: Socket;
  writable: Socket;
}

export function openNamedPipes(): NamedPipes {
  const folder = mkdtempSync(join(tmpdir(), "tau-pipes-"));
  const [to, from] = ["to", "from"].map((name) => join(folder, name)) as [string, string];
  try {
    execFileSync("mkfifo", [to, from]);
    const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
    const open = (path: string, flags: number): number => openSync(path, flags | O_NONBLOCK);
    // Each is opened to be read first: nobody can open one to write before.
    const [read, written] = [open(to, O_RDONLY), open(to, O_WRONLY)];
    const [answers, write] = [open(from, O_RDONLY), open(from, O_WRONLY)];
    return {
      fds: [read, write],
      release: () => [read, write].forEach((fd) => closeSync(fd)),
      readable: new Socket({ fd: answers, readable: true, writable: false } as SocketConstructorOpts),
      writable: new Socket({ fd: written, readable: false, writable: true }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

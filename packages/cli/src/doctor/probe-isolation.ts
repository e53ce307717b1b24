import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost, type Isolation, type SandboxLayer } from "tau-host";
import type { Findings } from "./probe.ts";

const PROBE = fileURLToPath(new URL("./probe.js", import.meta.url));

export interface ProbeOptions {
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

export interface Probed {
  reached: Findings;
  layer: SandboxLayer | undefined;
}

/** Runs an extension at this isolation that tries what it can reach. @throws TauError where there is no such isolation here */
export async function probeIsolation(isolation: Isolation, { environment, signal }: ProbeOptions): Promise<Probed> {
  const folder = await mkdtemp(join(tmpdir(), "tau-doctor-"));
  const file = join(folder, "outside.txt");
  const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  try {
    await Promise.all([once(server, "listening"), writeFile(file, "not granted")]);
    await using host = await createHost({ environment, stateDir: join(folder, "state") });
    const { sandboxLayer } = await host.load(PROBE, { isolation, signal });
    const { port } = server.address() as AddressInfo;
    const { content } = await host.call("probe", { file, port, pid: process.pid }, { signal });
    const [first] = content;
    return { reached: JSON.parse(first?.type === "text" ? first.text : "") as Findings, layer: sandboxLayer };
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

import { cp, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Agent, createAgent, type ScriptRequest, type ScriptStep } from "tau-agent";
import type { ExtensionInfo, Host } from "tau-host";
import { CliError } from "../errors.ts";
import type { Narrator } from "./narrator.ts";
import { descendantsOf } from "./processes.ts";
import { type SearchServer, startSearchServer } from "./search-server.ts";

/** Everything the chapters share. */
export interface Stage {
  agent: Agent;
  /** The agent's. */
  host: Host;
  /** What the model says next. Each chapter that asks it something writes its own script. */
  script: (request: ScriptRequest) => ScriptStep;
  narrator: Narrator;
  signal: AbortSignal;
  search: SearchServer;
  /** For files; gone after the tour. */
  folder: string;
  /** Every process that was seen running below this one. */
  processes: Set<number>;
}

export async function setStage(narrator: Narrator, signal: AbortSignal): Promise<Stage> {
  await requireExamples();
  const folder = await mkdtemp(join(tmpdir(), "tau-demo-"));
  const search = await startSearchServer();
  // A cache of its own: the tour builds everything from source, and leaves nothing behind.
  const agent = await createAgent({
    cwd: folder,
    session: { kind: "memory" },
    script: (request) => stage.script(request),
    host: { cacheDir: join(folder, "cache"), stateDir: join(folder, "state"), start: "eager" },
  });
  const script = (): ScriptStep => ({ text: "" });
  const stage: Stage = { agent, host: agent.host, script, narrator, signal, search, folder, processes: new Set() };
  return stage;
}

export async function clearStage({ agent, search, folder }: Stage): Promise<void> {
  await agent.close();
  await search.close();
  await rm(folder, { recursive: true, force: true });
}

/** Remembers which processes run, so that the last chapter can look for them. */
export function countProcesses({ host, processes }: Stage): void {
  const known = host.extensions().flatMap(({ pid }: ExtensionInfo) => pid ?? []);
  for (const pid of [...known, ...descendantsOf(process.pid)]) processes.add(pid);
}

/** The examples of the repository, seen from packages/cli/dist/demo. */
const EXAMPLES = fileURLToPath(new URL("../../../../examples", import.meta.url));

export function examplePath(name: string): string {
  return join(EXAMPLES, name);
}

/** A copy that may be edited, with its packages. */
export async function copyExample(name: string, { folder }: Stage): Promise<string> {
  const copy = join(folder, name);
  await mkdir(copy);
  await cp(examplePath(name), copy, { recursive: true });
  return copy;
}

async function requireExamples(): Promise<void> {
  const file = join(examplePath("web-search"), "web-search.ts");
  if (await stat(file).catch(() => undefined)) return;
  throw new CliError(
    `The tour expected its example extensions in ${EXAMPLES}, found none there. Run it in a checkout of tau: npm start`,
  );
}

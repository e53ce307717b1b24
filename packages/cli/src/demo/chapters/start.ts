import type { ExtensionInfo } from "tau-host";
import { countProcesses, examplePath, type Stage } from "../stage.ts";

export async function startExtensions(stage: Stage): Promise<void> {
  const { host, narrator, search } = stage;
  narrator.chapter(
    "Source files become processes",
    "Four TypeScript files are built and started as they are: no project, no compiler",
    "to set up. Each is a process of its own, so that none can take the agent down.",
  );
  const started = performance.now();
  const infos = await Promise.all([
    host.load(examplePath("web-search"), { config: { endpoint: search.endpoint } }),
    host.load(examplePath("unit-convert")),
    host.load(examplePath("lifecycle-logger")),
    host.load(examplePath("command-gate")),
  ]);
  const durationMs = Math.round(performance.now() - started);
  for (const info of infos) narrator.line(info.id, describe(info));
  narrator.text("");
  const pids = new Set(infos.map(({ pid }) => pid));
  narrator.proves(pids.size === 4 && !pids.has(process.pid), `four processes, ready in ${durationMs} ms`, [...pids]);
  countProcesses(stage);
}

function describe({ generation, pid, tools, events, hooks }: ExtensionInfo): string {
  const offer = tools.length > 0 ? `tool ${tools.join(", ")}` : describeEvents(events, hooks);
  return `version ${generation}  pid ${String(pid).padEnd(8)}${offer}`;
}

function describeEvents(events: readonly string[], hooks: readonly string[]): string {
  return hooks.length > 0 ? `decides on ${hooks.join(", ")}` : `hears ${events.length} events`;
}

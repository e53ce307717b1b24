import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../packages/host/test/support/processes.ts";
import { openWorkspace, textOf, type Workspace } from "../packages/host/test/support/workspace.ts";
import { print, quantile } from "./support/figures.ts";
import { type Gauges, gaugesOf, liveHeapMib } from "./support/gauges.ts";
import { SCENARIO_TIMEOUT_MS, sized } from "./support/size.ts";

const RELOADS = sized({ full: 1000, quick: 25 });
const CALLERS = 16;
const STREAMS = ["bus:even", "bus:odd"] as const;
/** Compilation and first allocations are no leaks. */
const WARM_UP_RELOADS = 5;

/** Answers its version, and writes down what it hears of. One write to a file that is appended to is never torn. */
function source(version: number, heard: string): string {
  return `
    import { appendFileSync } from "node:fs";
    import { ToolResult } from "tau-ext";
    export default (api) => {
      api.registerTool({
        name: "version", description: "", parameters: { type: "object" },
        async execute({ slowly }) {
          if (slowly) await new Promise((resolve) => setTimeout(resolve, 5));
          return ToolResult.text("${version}");
        },
      });
      for (const stream of ${JSON.stringify(STREAMS)}) {
        api.on(stream, ({ number }) => appendFileSync(${JSON.stringify(heard)}, stream + " " + number + " ${version}\\n"));
      }
    };`;
}

/** What callers and reloads know of each other: which versions may answer whom. */
class Versions {
  /** The newest that any call was answered by. */
  newestSeen = 1;
  /** The one whose reload has succeeded last. */
  served = 1;
  /** The one that may take over at any moment. */
  coming = 1;
}

interface Load {
  /** Times from call to answer, in milliseconds. */
  times: number[];
  /** What must not be: errors, answers of a wrong version. */
  faults: string[];
  emitted: number;
  stop(): Promise<void>;
}

function startLoad(workspace: Workspace, versions: Versions): Load {
  let over = false;
  const load: Load = {
    times: [],
    faults: [],
    emitted: 0,
    stop: async () => {
      over = true;
      clearInterval(emitting);
      await Promise.all(callers);
    },
  };
  const callOnce = async (slowly: boolean): Promise<void> => {
    const { newestSeen, served } = versions;
    const start = performance.now();
    try {
      const version = Number(textOf(await workspace.call("version", { slowly }, { timeoutMs: 30_000 })));
      load.times.push(performance.now() - start);
      if (version < newestSeen) load.faults.push(`version ${version} answered after ${newestSeen} was seen`);
      if (version < served) load.faults.push(`version ${version} answered a call made when ${served} served`);
      if (version > versions.coming) load.faults.push(`version ${version} answered before there was one`);
      versions.newestSeen = Math.max(versions.newestSeen, version);
    } catch (error) {
      load.faults.push(String(error));
    }
  };
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    while (!over) await callOnce(caller % 2 === 0);
  });
  const emitting = setInterval(() => {
    for (const stream of STREAMS) workspace.host.emit(stream, { number: load.emitted });
    load.emitted += 1;
  }, 2);
  return load;
}

test(
  `${RELOADS} reloads under ${CALLERS} callers and ${STREAMS.length} event streams lose nothing and leave nothing behind`,
  async () => {
    await using workspace = await openWorkspace({ probationMs: 200 });
    const heard = join(workspace.directory, "heard");
    writeFileSync(heard, "");
    const versions = new Versions();
    const path = workspace.write("edited.mjs", source(1, heard));
    await workspace.load(path, { id: "edited" });
    const reload = async (): Promise<void> => {
      versions.coming += 1;
      writeFileSync(path, source(versions.coming, heard));
      await workspace.host.reload("edited");
      versions.served = versions.coming;
    };
    const processes = workspace.processes().length;
    for (let count = 0; count < WARM_UP_RELOADS; count++) await reload();
    const before = await measure(workspace, processes);

    const load = startLoad(workspace, versions);
    const reloadTimes: number[] = [];
    for (let count = 0; count < RELOADS; count++) {
      const start = performance.now();
      await reload();
      reloadTimes.push(performance.now() - start);
    }
    await load.stop();

    expect(load.faults).toEqual([]);
    expect(await workspace.ask("version")).toBe(String(versions.served));
    const figures = {
      calls: load.times.length,
      "call p50 ms": quantile(load.times, 0.5),
      "call p99 ms": quantile(load.times, 0.99),
    };
    load.times = [];
    const after = await measure(workspace, processes, before);
    // An unload comes after what was delivered before it.
    await workspace.host.unload("edited");
    const inversions = checkHeard(readFileSync(heard, "utf8"), load.emitted);
    expectAsBefore(before, after);
    print("reload under load", {
      reloads: RELOADS,
      ...figures,
      events: load.emitted * STREAMS.length,
      "reload p50 ms": quantile(reloadTimes, 0.5),
      "reload p99 ms": quantile(reloadTimes, 0.99),
      "events handled later than one that a newer version got": inversions,
      "host's heap MiB": `${before.heapMib.toFixed(1)} → ${after.heapMib.toFixed(1)}`,
      "launcher's memory MiB": `${before.launcher.residentMib.toFixed(1)} → ${after.launcher.residentMib.toFixed(1)}`,
      "host's threads": `${before.host.threads} → ${after.host.threads}`,
      "host's descriptors": `${before.host.descriptors} → ${after.host.descriptors}`,
    });
  },
  SCENARIO_TIMEOUT_MS,
);

interface Measured {
  host: Gauges;
  launcher: Gauges;
  heapMib: number;
}

/**
 * When old versions have gone and memory that nobody needs is given back. The launcher sets its next mark by a child of its own, a moment
 * after each start, and watches over a descriptor for its end: one that comes back was in use, one that does not was lost.
 */
async function measure(workspace: Workspace, processes: number, before?: Measured): Promise<Measured> {
  const [launcher = 0] = workspace.launcherPids;
  await until("old versions to be gone", () => workspace.processes().length <= processes, 20_000);
  // The first reading waits for that child to be gone, so that its descriptor is not taken for one that stays.
  const lowest = before?.launcher.descriptors ?? (await fewestDescriptors(launcher));
  await until("the launcher's descriptors to be as before", () => gaugesOf(launcher).descriptors <= lowest, 20_000);
  const heapMib = await liveHeapMib();
  return { host: gaugesOf(process.pid), launcher: gaugesOf(launcher), heapMib };
}

/** Of a process at rest, over a time in which what comes and goes has gone: a single look may catch it. */
async function fewestDescriptors(pid: number): Promise<number> {
  let fewest = Infinity;
  for (let look = 0; look < 20; look++) {
    fewest = Math.min(fewest, gaugesOf(pid).descriptors);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return fewest;
}

/**
 * Threads, descriptors and processes are the same to the last one. Memory has a tolerance: 4 MiB for what is compiled late,
 * and 4 KiB for each reload, far less than one version, its channel or
 * its log kept by mistake. The launcher's is its resident size, which its collector does not give back at once: 24 MiB.
 */
function expectAsBefore(before: Measured, after: Measured): void {
  expect(after.host.threads).toBeLessThanOrEqual(before.host.threads);
  expect(after.host.descriptors).toBeLessThanOrEqual(before.host.descriptors);
  expect(after.launcher.threads).toBeLessThanOrEqual(before.launcher.threads);
  expect(after.heapMib - before.heapMib).toBeLessThan(4 + (RELOADS * 4) / 1024);
  expect(after.launcher.residentMib - before.launcher.residentMib).toBeLessThan(24);
}

/**
 * Each event once; in order within a version; and none to an older version after one went to a newer. Answers how often the file
 * shows an event after a later one all the same: an old version still works on what it got while the new one gets the next, and
 * nobody makes two processes wait for each other.
 */
function checkHeard(text: string, emitted: number): number {
  const lines = text.trim().split("\n");
  expect(lines.length, "events heard").toBe(emitted * STREAMS.length);
  let inversions = 0;
  for (const stream of STREAMS) {
    const heard = lines
      .map((line) => line.split(" "))
      .filter(([name]) => name === stream)
      .map(([, number, version]) => ({ number: Number(number), version: Number(version) }));
    heard.forEach(({ number }, index) => {
      if (index > 0 && number < (heard[index - 1]?.number ?? 0)) inversions += 1;
    });
    // A stable sort: what one version heard stays in the order in which it heard it.
    const byVersion = [...heard].sort((left, right) => left.version - right.version);
    expect(byVersion.map(({ number }) => number)).toEqual(Array.from({ length: emitted }, (_, number) => number));
  }
  return inversions;
}

import { expect, test } from "vitest";
import { openWorkspace, type Workspace } from "../packages/host/test/support/workspace.ts";
import { print, quantile } from "./support/figures.ts";
import { type Hog, HOGS, hogSource } from "./support/hog-sources.ts";
import { SCENARIO_TIMEOUT_MS, sized } from "./support/size.ts";

/** Of calls without the hog, and then with it, again and again: a machine that gets slower meanwhile does so for both. */
const ROUNDS = sized({ full: 8, quick: 1 });
const ROUND_MS = sized({ full: 3000, quick: 800 });
/**
 * What is compared of the times of others' calls: of the slowest of a hundred. The quick size has so few calls that its p99 would
 * be the one that took longest, which one stall of the machine decides.
 */
const SHARE = sized({ full: 0.99, quick: 0.5 });
/** How much longer it may be. At the quick size the other tests share the two processors. */
const MOST_TIMES = sized({ full: 2, quick: 8 });
/** Below this, in milliseconds, it is a matter of the machine's timers and nobody's experience. */
const FLOOR_MS = sized({ full: 1, quick: 3 });
/** Less than the hogs would use. */
const RESOURCES = { memoryBytes: 2 ** 30, processes: 24 };

test.each(HOGS)(
  "$kind of one extension leaves the others their pace",
  async (hog) => {
    await using workspace = await openWorkspace({ shutdownTimeoutMs: 300 });
    const path = workspace.write("hog.mjs", hogSource(hog));
    const quiet: number[] = [];
    const loud: number[] = [];
    let endedByHost = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await workspace.load(path, { id: "hog", resources: RESOURCES });
      quiet.push(...(await callOthers(workspace)));
      await start(workspace, hog);
      loud.push(...(await callOthers(workspace)));
      if (stateOf(workspace) !== "ready") endedByHost += 1;
      // Whatever the host has made of it meanwhile, this is its end.
      await workspace.host.unload("hog");
    }
    const [p99, p99During] = [quantile(quiet, 0.99), quantile(loud, 0.99)];
    print(`hogs: ${hog.kind}`, {
      "others' p99 ms without": p99,
      with: p99During,
      times: p99During / p99,
      "p50 ms without": quantile(quiet, 0.5),
      "p50 with": quantile(loud, 0.5),
      calls: quiet.length + loud.length,
      "ended by a limit": `${endedByHost} of ${ROUNDS}`,
    });
    expect(quantile(loud, SHARE)).toBeLessThan(Math.max(quantile(quiet, SHARE), FLOOR_MS) * MOST_TIMES);
  },
  SCENARIO_TIMEOUT_MS,
);

/** From call to answer of an extension that has nothing to do with it, in milliseconds. */
async function callOthers(workspace: Workspace): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    const start = performance.now();
    await workspace.call("neighbour", { text: "hello" }, { timeoutMs: 30_000 });
    times.push(performance.now() - start);
    // An agent does not call without a pause; a caller that does would be measured against itself.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return times;
}

async function start(workspace: Workspace, { signal }: Hog): Promise<void> {
  await workspace.call("hog");
  const { pid } = workspace.host.extensions().find(({ id }) => id === "hog") ?? {};
  if (signal !== undefined && pid !== undefined) process.kill(pid, signal);
}

function stateOf(workspace: Workspace): string | undefined {
  return workspace.host.extensions().find(({ id }) => id === "hog")?.state;
}

import { fileURLToPath } from "node:url";
import { allChecks, runSuite } from "tau-conformance";
import { expect, test } from "vitest";
import { BREAKS, UNSTARTABLE } from "./breaks.ts";

const PEER = fileURLToPath(new URL("fixtures/peer.mjs", import.meta.url));

function run(broken: string, only: readonly string[] = []): ReturnType<typeof runSuite> {
  const command = [process.execPath, PEER, ...(broken === "" ? [] : ["--break", broken])];
  // A peer that does nothing is told by time alone.
  return runSuite({ command, only, level: "full", jobs: 2, timeoutMs: broken === "" ? 20_000 : 2000 });
}

test("an extension without any SDK that keeps the rules passes every check", { timeout: 120_000 }, async () => {
  const { results, failed, skipped } = await run("");
  expect(results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect([failed, skipped]).toEqual([0, 0]);
});

test.for(Object.entries(BREAKS))(
  "an extension with the fault %s fails the checks on it",
  { timeout: 60_000 },
  async ([broken, ids]) => {
    const { results } = await run(broken, ids);
    expect(results.filter(({ outcome }) => outcome !== "failed").map(({ id }) => id)).toEqual([]);
    expect(results.every(({ expected, got }) => expected !== undefined && got !== undefined)).toBe(true);
  },
);

test.for(Object.entries(UNSTARTABLE))(
  "an extension with the fault %s is not taken for one",
  async ([broken, message]) => {
    await expect(run(broken)).rejects.toThrow(message);
  },
);

test("every check has a fault that it finds", () => {
  const found = new Set(Object.values(BREAKS).flat());
  expect(allChecks().filter(({ id }) => !found.has(id))).toEqual([]);
});

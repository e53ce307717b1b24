import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { allChecks, runSuite } from "tau-conformance";
import { expect, test } from "vitest";
import { BREAKS, UNCHECKED, UNSTARTABLE } from "./breaks.ts";

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

test("every rule that an extension can break on the channel is behind a check", () => {
  const text = readFileSync(new URL("../../../spec/protocol.md", import.meta.url), "utf8");
  const defined = [...text.matchAll(/^- \*\*([A-Z]-\d+)\*\*/gm)].map(([, id]) => id as string);
  const checked = new Set(allChecks().flatMap(({ rules }) => rules));
  const unchecked = defined.filter((id) => !checked.has(id));
  expect(unchecked).toEqual(
    Object.values(UNCHECKED)
      .flatMap(({ rules }) => rules)
      .toSorted(inOrderOf(defined)),
  );
});

function inOrderOf(ids: readonly string[]): (left: string, right: string) => number {
  return (left, right) => ids.indexOf(left) - ids.indexOf(right);
}

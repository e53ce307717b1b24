import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fc, test as property } from "@fast-check/vitest";
import { systemClock } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { describeHang } from "../../src/liveness/describe-hang.ts";
import { findHotFrames, type HotFrames, type ProfileNode, type Sources } from "../../src/liveness/hot-frames.ts";
import { InspectorLines, isInspectorLine } from "../../src/liveness/inspector-lines.ts";
import { readSources } from "../../src/liveness/sources.ts";

const sources: Sources = {
  findPlace: (url, line, column) => `${url}:${line}:${column ?? 1}`,
  findName: () => undefined,
};
const isOwn = (url: string): boolean => url === "runner";

/** A chain of calls, each written as `name@script`, and how often it was found at its end. */
function profile(chains: readonly [calls: string, hitCount: number][]): ProfileNode[] {
  const root: ProfileNode = node(1, "(root)@", 0);
  const nodes = [root];
  for (const [calls, hitCount] of chains) {
    let parent = root;
    for (const call of calls.split(" > ")) {
      const known = parent.children?.map((id) => nodes[id - 1]).find((each) => spell(each) === call);
      const child = known ?? node(nodes.length + 1, call, 0);
      if (known === undefined) {
        nodes.push(child);
        parent.children = [...(parent.children ?? []), child.id];
      }
      parent = child;
    }
    parent.hitCount = (parent.hitCount ?? 0) + hitCount;
  }
  return nodes;
}

function node(id: number, call: string, hitCount: number): ProfileNode {
  const [functionName = "", url = ""] = call.split("@");
  return { id, callFrame: { functionName, url, lineNumber: 0, columnNumber: 0 }, hitCount };
}

const spell = (each: ProfileNode | undefined): string => `${each?.callFrame.functionName}@${each?.callFrame.url}`;

const find = (chains: readonly [string, number][]): HotFrames =>
  findHotFrames({ nodes: profile(chains), sources, isOwn });

describe("the functions in which time is spent", () => {
  test("come with the hottest first and what is hardly there left out", () => {
    const hot = find([
      ["a@x", 30],
      ["b@x", 66],
      ["c@x", 4],
    ]);
    expect(hot.frames.map(({ name, share }) => [name, share])).toEqual([
      ["b", 0.66],
      ["a", 0.3],
    ]);
  });

  test("count once, whoever called them", () => {
    const hot = find([
      ["a@x > hot@x", 40],
      ["b@x > hot@x", 60],
    ]);
    expect(hot.frames).toMatchObject([{ name: "hot", share: 1 }]);
    expect(hot.callers).toMatchObject([{ name: "b" }]);
  });

  test("are the author's: what these call in Node counts for them", () => {
    const hot = find([
      ["run@runner > load@x > readFileSync@node:fs > openSync@node:fs", 50],
      ["run@runner > load@x > readFileSync@node:fs > (anonymous)@", 50],
    ]);
    expect(hot.frames).toEqual([{ share: 1, name: "load", place: "x:1:1", inside: "readFileSync" }]);
  });

  test("are called by the author's functions: Node and the runner are left out, and recursion is told once", () => {
    const hot = find([["emit@node:events > outer@x > run@runner > walk@x > walk@x > walk@x > leaf@x", 1]]);
    expect(hot.callers.map(({ name }) => name)).toEqual(["walk", "outer"]);
  });

  test("may be no functions at all", () => {
    expect(find([["(garbage collector)@", 90]]).frames).toEqual([{ share: 1, name: "garbage collection" }]);
  });

  test("are none of a process that idles", () => {
    expect(
      find([
        ["a@x", 40],
        ["(idle)@", 60],
      ]),
    ).toEqual({ frames: [], callers: [], idle: true });
    expect(find([]).idle).toBe(true);
  });

  const anyNode = fc.record(
    {
      id: fc.integer(),
      callFrame: fc.record({
        functionName: fc.string(),
        url: fc.constantFrom("", "x", "node:fs", "runner"),
        lineNumber: fc.integer(),
        columnNumber: fc.integer(),
      }),
      hitCount: fc.nat(),
      children: fc.array(fc.integer()),
      positionTicks: fc.array(fc.record({ line: fc.integer(), ticks: fc.nat() })),
    },
    { requiredKeys: ["id", "callFrame"] },
  );

  property.prop([fc.array(anyNode)])("are found in whatever somebody calls a profile", (nodes) => {
    const hot = findHotFrames({ nodes, sources, isOwn });
    const report = { isNode: true, hot, facts: undefined };
    expect(describeHang({ extensionId: "x", blockedMs: 2000, report }).split("\n").length).toBeLessThanOrEqual(6);
  });
});

test("a name with line ends and control characters in it stays on its line", () => {
  const hot = find([["a\n\u001B[2J\u202Eb@x", 1]]);
  expect(hot.frames[0]?.name).toBe("a��[2J�b");
});

test.for([
  ["const handle = /* @__PURE__ */ __name((query) => {", "(query)", "handle"],
  ["  execute: /* @__PURE__ */ __name(async () => {", "() =>", "execute"],
  ["var work = /* @__PURE__ */ __name(async function() {", "() {", "work"],
  ['  "run tests": /* @__PURE__ */ __name(() => 1, "run tests"),', "() =>", "run tests"],
  ["setTimeout(() => {", "() =>", undefined],
] as const)("the function in `%s` is called as its author called it", async ([line, begin, name]) => {
  const directory = mkdtempSync(join(tmpdir(), "tau-sources-"));
  const bundle = join(directory, "bundle.cjs");
  writeFileSync(bundle, `"use strict";\n${line}\n`);
  writeFileSync(`${bundle}.map`, JSON.stringify({ version: 3, sources: ["a.ts"], names: [], mappings: ";AAAA" }));
  const { findName, findPlace } = await readSources(bundle);
  const url = pathToFileURL(bundle).href;
  expect(findName(url, 2, line.indexOf(begin) + 1)).toBe(name);
  expect(findPlace(url, 2, undefined)).toBe(`${join(directory, "a.ts")}:1:1`);
  rmSync(directory, { recursive: true });
  expect((await readSources(bundle)).findPlace(url, 2, 3)).toBe(`${bundle}:2:3`);
});

describe("what the inspector prints", () => {
  const LISTENING = "Debugger listening on ws://127.0.0.1:4711/0";

  test("is the author's until the host has asked for it, and kept off the log from then on", async () => {
    const lines = new InspectorLines(systemClock);
    expect(lines.keep(LISTENING)).toBe(true);
    const match = lines.nextMatch(/:(\d+)\//, 10_000);
    expect(lines.keep("printed: Debugger listening on ws://")).toBe(true);
    expect(lines.keep("Debugger attached.")).toBe(false);
    expect(lines.keep(LISTENING)).toBe(false);
    expect((await match)?.[1]).toBe("4711");
    expect(lines.keep(LISTENING)).toBe(false);
    lines.end();
  });

  test("is waited for no longer than the time, or the output", async () => {
    const lines = new InspectorLines(systemClock);
    expect(await lines.nextMatch(/x/, 1)).toBeUndefined();
    const match = lines.nextMatch(/x/, Infinity);
    lines.end();
    expect(await match).toBeUndefined();
    expect(await lines.nextMatch(/x/, Infinity)).toBeUndefined();
  });

  test("is told from what is like it", () => {
    expect(isInspectorLine("For help, see: https://nodejs.org/learn/getting-started/debugging")).toBe(true);
    expect(isInspectorLine("For help, see: the manual")).toBe(false);
  });
});

import { createHost, type Host, isTauError } from "tau-host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture, type Folder, makeFolder } from "../../packages/ext/test/processes.ts";
import { type Sdk, SDKS } from "./sdks.ts";

const CALLS = 200;

/** The same numbers each time, in every language: a linear congruential generator (Numerical Recipes). */
function createRandom(): (below: number) => number {
  let state = 42;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const TEXTS = ["", "plain", "grün", "日本 👩‍🚀", '"quoted" \\ \n\t', "\u0000\u001f\u2028", "x".repeat(10_000)];
const KEYS = ["one", "two", "größe"];

/** One step: what is done, and what came of it, as text. */
async function step(host: Host, random: (below: number) => number): Promise<unknown> {
  const text = TEXTS[random(TEXTS.length)] as string;
  const key = KEYS[random(KEYS.length)] as string;
  const number = random(1000) / 8;
  const call = async (tool: string, args: Parameters<Host["call"]>[1] = {}): Promise<unknown> => {
    const progress: unknown[] = [];
    const result = await host.call(tool, args, { onProgress: (partial) => progress.push(partial) });
    return { tool, progress, result };
  };
  const steps: (() => Promise<unknown>)[] = [
    () => call("echo", { text }),
    () => call("add", { a: number, b: -random(100) }),
    () => call("progress", { n: random(4) }),
    () => call("remember", { key, value: text }),
    () => call("recall", { key }),
    () => call("forget", { key }),
    () => call("list", { prefix: key.slice(0, 1) }),
    () => call("count", { key }),
    () => call("total"),
    () => call("fail"),
    () => call("add", { a: "one", b: 2 }),
    () => call("no_such_tool"),
    () => host.decide("input", { text, source: "user" }),
    () => host.decide("tool_call", { callId: "c", tool: "bash", input: { command: "rm -rf /" }, caller: "model" }),
    () => host.decide("tool_call", { callId: "c", tool: "bash", input: { command: "ls" }, caller: "model" }),
    () => host.decide("tool_call", { callId: "c", tool: "bash", input: { command: "throw" }, caller: "model" }),
    () => host.runCommand("greet", text),
    () => host.completeCommand("greet", "A"),
    async () => (await host.reload("reference")).generation,
  ];
  return (steps[random(steps.length)] as () => Promise<unknown>)();
}

/** What two hundred steps have answered, a line each. */
async function play(host: Host): Promise<string> {
  const random = createRandom();
  const lines: string[] = [];
  for (let n = 0; n < CALLS; n++) {
    const outcome = await step(host, random).catch((error: unknown) => {
      if (!isTauError(error)) throw error;
      return { code: error.code, message: error.message, executed: error.executed };
    });
    lines.push(`${n} ${JSON.stringify(outcome)}`);
  }
  return lines.join("\n");
}

async function playWith({ prepare, language }: Sdk, folder: Folder): Promise<string> {
  const { command, env } = await prepare(folder);
  const [cacheDir, stateDir] = [`${folder.path}/cache-${language}`, `${folder.path}/state-${language}`];
  await using host = await createHost({ cacheDir, stateDir });
  const environment = Object.fromEntries(Object.entries(env).filter(([name]) => name === "PYTHONPATH"));
  await host.load({ command: command("stdio") }, { id: "reference", env: environment as Record<string, string> });
  // Awaited here: the host is open until then.
  return await play(host);
}

const [first, ...others] = SDKS as [Sdk, ...Sdk[]];

describe("the same extension answers the same script of 200 calls", { timeout: 400_000 }, () => {
  let folder: Folder;
  let expected: string;

  beforeAll(async () => {
    folder = await makeFolder();
    expected = await playWith(first, folder);
  }, 100_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  test(`in ${first.language}, with every kind of answer among them`, () => {
    const lines = expected.split("\n");
    expect(lines).toHaveLength(CALLS);
    const kinds = [
      '"progress":[{',
      '"code":"tool-failed"',
      '"code":"invalid-arguments"',
      '"action":"block"',
      '"value":"',
    ];
    expect(kinds.filter((kind) => !expected.includes(kind))).toEqual([]);
  });

  test("as a guest in WebAssembly as in a process, byte by byte", async () => {
    await using host = await createHost({
      cacheDir: `${folder.path}/cache-guest`,
      stateDir: `${folder.path}/state-guest`,
    });
    await host.load(fixture("reference.ts"), { id: "reference", isolation: "wasm" });
    expect(await play(host)).toBe(expected);
  });

  for (const other of others) {
    if (other.missing !== undefined) console.warn(other.missing);
    test.skipIf(other.missing !== undefined)(`in ${other.language} as in ${first.language}, byte by byte`, async () => {
      expect(await playWith(other, folder)).toBe(expected);
    });
  }
});

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GuestLimits } from "tau-host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate, openEvaluating, restartsOf } from "./support/evaluating.ts";
import { errorOf, openWorkspace, type Workspace } from "./support/workspace.ts";

const place = mkdtempSync(join(tmpdir(), "tau-wasm-"));
const secret = join(place, "secret.txt");
let server: Server;
let args: object;

beforeAll(async () => {
  writeFileSync(secret, "the secret");
  server = createServer((_, response) => response.setHeader("connection", "close").end("hello")).listen(0, "127.0.0.1");
  await once(server, "listening");
  args = { secret, port: (server.address() as AddressInfo).port, hostPid: process.pid };
});

afterAll(() => {
  server.close();
  rmSync(place, { recursive: true, force: true });
});

/** Each answers what it got; in a guest there has to be nothing to get. */
const REACH = {
  "a file, by the function constructor": `return Function("return process")().mainModule.require("fs").readFileSync(args.secret, "utf8")`,
  "a file, by eval": `return (0, eval)("process").mainModule.require("fs").readFileSync(args.secret, "utf8")`,
  "a file, by the constructor of what the host gave": `return api.log.info.constructor("return process")().mainModule.require("fs").readFileSync(args.secret, "utf8")`,
  "a file, by the constructor of an async function": `return (await (async () => {}).constructor("return process")()).mainModule.require("fs").readFileSync(args.secret, "utf8")`,
  "a file, by a prototype's constructor": `return Object.getPrototypeOf(setTimeout).constructor("return process")().mainModule.require("fs").readFileSync(args.secret, "utf8")`,
  "a file, by import": `return (await load("node:fs")).readFileSync(args.secret, "utf8")`,
  "a file, by a binding": `return typeof process.binding("fs").open`,
  "a socket": `const net = await load("node:net"); return new Promise((done, fail) => net.connect(args.port, "127.0.0.1", function () { this.end(); done("connected"); }).once("error", fail))`,
  "a server": `return (await fetch("http://127.0.0.1:" + args.port)).status`,
  "a name": `return (await (await load("node:dns/promises")).lookup("localhost")).address`,
  "a program": `return (await load("node:child_process")).execFileSync("/bin/sh", ["-c", "echo ran"])`,
  "the host's process": `process.kill(args.hostPid, 0); return "signalled"`,
  "the variables of the host": `if (process.env.PATH === undefined) throw new Error("none"); return process.env.PATH`,
  "the process's arguments": `return process.argv[0]`,
  "the working directory": `return process.cwd()`,
  "a worker": `const { Worker } = await load("node:worker_threads"); await new Worker("", { eval: true }).terminate(); return "made"`,
  "other code in WebAssembly": `return new WebAssembly.Memory({ initial: 1 }).buffer.byteLength`,
  "the descriptors": `return (await load("node:fs")).readdirSync("/proc/self/fd").length`,
  "the inspector": `return (await load("node:inspector")).url() ?? "there"`,
} as const;

describe("a guest reaches nothing that a process reaches:", () => {
  test.each(Object.entries(REACH))("%s", async (_, code) => {
    await using open = await openEvaluating("process");
    const unconfined = await evaluate(open, code, args);
    expect(unconfined).not.toBe("");
    await open.host.unload("evaluates");
    // Without the sandbox around the guest, which would hold most of this by itself.
    await using confined = await openEvaluating("wasm", {}, { environment: { PATH: "/nowhere" } });
    const error = await errorOf(evaluate(confined, code, args));
    expect(error.code).toBe("tool-failed");
    expect(error.message).not.toContain("the secret");
    expect(await evaluate(confined, "return 1 + 1")).toBe("2");
    expect(restartsOf(confined)).toBe(0);
  });

  test("its globals are the language's and those named in docs/security.md", async () => {
    await using workspace = await openEvaluating("wasm");
    const names = JSON.parse(
      await evaluate(workspace, "return JSON.stringify(Object.getOwnPropertyNames(globalThis))"),
    );
    const own = (names as string[]).filter((name) => !(name in LANGUAGE) && !LANGUAGE_ONLY_THERE.includes(name));
    expect(own.toSorted()).toEqual(OWN_GLOBALS);
  });

  test("what it hands to the runner's functions in the place of texts runs nothing there", async () => {
    await using workspace = await openEvaluating("wasm");
    const code = `let n = 0; const odd = { toString() { n++; throw new Error("ran"); }, valueOf() { n++; return 1; } };
      for (const run of [() => setTimeout(() => {}, odd), () => console.log(odd), () => new URL("x:y").searchParams.set("a", Symbol())]) try { run(); } catch {}
      return "done"`;
    expect(await evaluate(workspace, code)).toBe("done");
    expect(restartsOf(workspace)).toBe(0);
  });

  test("keys that are prototypes' in arguments change no prototype", async () => {
    await using workspace = await openEvaluating("wasm");
    const odd = JSON.parse(
      '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
    ) as object;
    expect(await evaluate(workspace, "return String({}.polluted) + Object.keys(args).length", odd)).toBe("undefined2");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

/** In this process, whose language is the same. */
const LANGUAGE = Object.fromEntries(
  Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^[A-Z]|^(?:globalThis|undefined|eval|parse|is|decode|encode|escape|unescape)/.test(name))
    .map((name) => [name, true]),
);
/** Newer than this Node's. */
const LANGUAGE_ONLY_THERE = [
  "Iterator",
  "Float16Array",
  "SuppressedError",
  "DisposableStack",
  "AsyncDisposableStack",
].concat("InternalError");

const OWN_GLOBALS = [
  "atob",
  "btoa",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "structuredClone",
];

describe("a guest that will not end is ended in its turn, its call fails, and the next one is answered:", () => {
  // More memory than a chain of promises fills in that time on any machine.
  const guest: GuestLimits = { cpuMsPerCall: 300, memoryBytes: 512 * 1024 * 1024 };

  test.each([
    ["an endless loop", "for (;;);"],
    ["one that catches everything", "for (;;) try { for (;;); } catch {} finally { for (;;); }"],
    ["a loop of promises", "for (;;) await 0;"],
    ["a chain of promises", "const go = () => Promise.resolve().then(go); await go();"],
    // The engine asks every so many steps, which may fall on any of those that a link of the chain takes.
    ...["one();", "one(); one();", "one(); one(); one();", "one(); one(); one(); one();"].map((more) => [
      `a chain of promises with \`${more}\` in each link`,
      `const one = () => 1; const go = () => { ${more} return Promise.resolve().then(go); }; await go();`,
    ]),
    ["two chains of promises", "const go = () => Promise.resolve().then(go); await Promise.all([go(), go()]);"],
    ["a pattern that tries forever", `return /^(a+)+$/.test("a".repeat(40) + "!")`],
    ["a getter on the way out", `return { toString() { for (;;); } }`],
    ["an array that sorts forever", "return [3, 2, 1].sort(() => { for (;;); })"],
  ])("%s", async (_, code) => {
    await using workspace = await openEvaluating("wasm", { guest });
    expect(await evaluate(workspace, "globalThis.kept = 7; return kept")).toBe("7");
    const error = await errorOf(evaluate(workspace, code));
    expect(error).toMatchObject({ code: "tool-failed", executed: "maybe" });
    expect(error.message).toContain("computed for more than 300 ms");
    expect(await evaluate(workspace, "return kept")).toBe("7");
    expect(restartsOf(workspace)).toBe(0);
  });

  test.each([
    ["nothing", "null"],
    ["an error", 'new Error("too late")'],
  ])("what is left of it rejects with %s, which ends nothing else", async (_, reason) => {
    await using workspace = await openEvaluating("wasm", { guest });
    const code = `globalThis.kept = 8; Promise.resolve().then(() => Promise.reject(${reason})); for (;;);`;
    expect((await errorOf(evaluate(workspace, code))).message).toContain("computed for more than 300 ms");
    expect(await evaluate(workspace, "return kept")).toBe("8");
    expect(restartsOf(workspace)).toBe(0);
  });

  test("a gate that loops forever does not let pass what it was to decide on", async () => {
    await using workspace = await openWorkspace();
    const source = `export default (api) => api.on("tool_call", () => { for (;;); });`;
    await workspace.load(workspace.write("gate.mjs", source), { id: "gate", isolation: "wasm", guest });
    const call = { callId: "c", tool: "bash", input: { command: "ls" }, caller: "model" };
    const decided = await workspace.host.decide("tool_call", call);
    expect(decided).toMatchObject({ action: "block" });
    expect(JSON.stringify(decided)).toContain("computed for more than 300 ms");
  });

  test("a set-up that loops forever fails the load, with the reason", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("loops.mjs", "export default () => { for (;;); };");
    const error = await errorOf(workspace.host.load(path, { isolation: "wasm", guest }));
    expect(error).toMatchObject({ code: "setup-failed" });
    expect(error.message).toContain("computed for more than 300 ms");
    expect(error.message).toMatch(/loops\.mjs:1:\d+/);
  });

  test("an endless loop in a timer, which is no call's, ends its process, with the reason", async () => {
    await using workspace = await openEvaluating("wasm", { guest }, { maxCrashes: 3 });
    const call = evaluate(workspace, "setTimeout(() => { for (;;); }); await new Promise(() => {})");
    const error = await errorOf(call);
    expect(error.code).toBe("extension-crashed");
    expect(error.message).toContain("computed for more than 300 ms");
    expect(await evaluate(workspace, "return 1")).toBe("1");
  });

  test.each([
    ["joining what has no end", "return Array.prototype.join.call({ length: 2 ** 53 - 1 }, '')"],
    ["reversing what has no end", "return Array.prototype.reverse.call({ length: 2 ** 53 - 1 })"],
  ])("a built-in that nothing interrupts is ended with its process: %s", async (_, code) => {
    await using workspace = await openEvaluating("wasm", { guest }, { hangTimeoutMs: 3000, maxCrashes: 3 });
    const error = await errorOf(evaluate(workspace, code));
    expect(error.code).toBe("extension-killed");
    expect(await evaluate(workspace, "return 1")).toBe("1");
    expect(restartsOf(workspace)).toBe(1);
  });

  test("a call that waits for nothing ends with its time, as in a process", async () => {
    await using workspace = await openEvaluating("wasm", {}, { maxCrashes: 3 });
    const call = workspace.call("evaluate", { code: "await new Promise(() => {})" }, { timeoutMs: 100 });
    await expect(call).rejects.toMatchObject({ code: "timed-out" });
    expect(await evaluate(workspace, "return 1")).toBe("1");
  });
});

describe("a guest that takes too much gets an error, and the next call is answered:", () => {
  const guest: GuestLimits = { memoryBytes: 32 * 1024 * 1024 };
  const bytes =
    "const all = []; for (let n = 0; n < 64; n++) all.push(new Uint8Array(1024 * 1024).fill(1)); return all.length";

  test.each([
    ["memory, in bytes", bytes],
    ["memory, in objects", "const all = []; for (let n = 0; n < 2e6; n++) all.push({ n }); return all.length"],
    [
      "memory, in one text",
      `let text = "xy"; for (let n = 0; n < 25; n++) text += text; text.indexOf("zz"); return text.length`,
    ],
  ])("%s", async (_, code) => {
    await using open = await openEvaluating("process");
    expect(Number(await evaluate(open, code))).toBeGreaterThan(0);
    await open.host.unload("evaluates");
    await using confined = await openEvaluating("wasm", { guest });
    const error = await errorOf(evaluate(confined, code));
    expect(error).toMatchObject({ code: "tool-failed", message: expect.stringContaining("out of memory") as string });
    expect(await evaluate(confined, "return 1")).toBe("1");
    expect(restartsOf(confined)).toBe(0);
  });

  test("memory, in a chain of promises that does not end, with the reason", async () => {
    await using workspace = await openEvaluating(
      "wasm",
      { guest: { ...guest, cpuMsPerCall: 60_000 } },
      { maxCrashes: 3 },
    );
    const code = "const go = () => Promise.resolve().then(go); await go()";
    const error = await errorOf(evaluate(workspace, code));
    expect(error.message).toMatch(/out of memory|guest\.memoryBytes/);
    expect(await evaluate(workspace, "return 1")).toBe("1");
  });

  test("depth", async () => {
    await using workspace = await openEvaluating("wasm");
    const deep = "const deeper = () => 1 + deeper(); return deeper()";
    await expect(evaluate(workspace, deep)).rejects.toMatchObject({ code: "tool-failed" });
    const nested = `let text = ""; for (let n = 0; n < 100000; n++) text += "["; return JSON.parse(text)`;
    await expect(evaluate(workspace, nested)).rejects.toMatchObject({ code: "tool-failed" });
    expect(await evaluate(workspace, "return 1")).toBe("1");
    expect(restartsOf(workspace)).toBe(0);
  });
});

describe("what a guest does to itself ends at its process:", () => {
  async function expectAnswer(workspace: Workspace): Promise<void> {
    await workspace.expectNeighbour();
    expect(await evaluate(workspace, "return 1")).toBe("1");
  }

  test("it exits", async () => {
    await using workspace = await openEvaluating("wasm", {}, { maxCrashes: 3 });
    await expect(evaluate(workspace, "process.exit(3)")).rejects.toMatchObject({ exitCode: 3 });
    await expectAnswer(workspace);
  });

  test("it leaves a rejection to nobody, as in a process", async () => {
    await using workspace = await openEvaluating("wasm", {}, { maxCrashes: 3 });
    const code = `Promise.reject(new Error("nobody's")); await new Promise(() => {})`;
    const error = await errorOf(evaluate(workspace, code));
    expect(error.code).toBe("extension-crashed");
    expect(error.message).toContain("nobody's");
    await expectAnswer(workspace);
  });

  test("it breaks what the SDK uses, and forges what it sends", async () => {
    await using workspace = await openEvaluating("wasm", {}, { maxCrashes: 5 });
    const forged = JSON.stringify({ jsonrpc: "2.0", id: 99_999, result: { content: [] } });
    const code = `JSON.stringify = () => args.forged; Array.prototype.push = Map.prototype.get = () => {}; return 1`;
    await errorOf(workspace.call("evaluate", { code, args: { forged } }, { timeoutMs: 500 }));
    await workspace.expectNeighbour();
    await workspace.host.reload("evaluates").catch(() => undefined);
    await expectAnswer(workspace);
  });

  test("it prints without end", async () => {
    await using workspace = await openEvaluating("wasm");
    const code = `const line = "x".repeat(1000); for (let n = 0; n < 20000; n++) console.log(line); return "printed"`;
    expect(await evaluate(workspace, code)).toBe("printed");
    await expectAnswer(workspace);
  });

  test("it floods the host with requests", async () => {
    await using workspace = await openEvaluating("wasm");
    const code = `const asked = []; for (let n = 0; n < 20000; n++) asked.push(api.state.get("k" + n).catch(() => 0)); return (await Promise.all(asked)).length`;
    expect(await evaluate(workspace, code)).toBe("20000");
    await expectAnswer(workspace);
  });
});

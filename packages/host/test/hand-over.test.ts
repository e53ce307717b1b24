import { describe, expect, test } from "vitest";
import { counter, openSupervised, type Supervised, SteppedClock, LONG_MS, version } from "./support/supervised.ts";
import { errorOf } from "./support/workspace.ts";

/** As long as the protocol allows, as JSON. */
const MAX_LENGTH = 1024 * 1024;

/** Tells how long the text is that it was handed. */
const measuring = version(2, `const text = api.takeState(); tool("length", () => text?.length);`);

function warnings(ext: Supervised): string[] {
  const lines = ext.workspace.host.logs("ext").filter(({ source }) => source === "host");
  return lines.map(({ text }) => text);
}

describe("state that is handed over", () => {
  test("reaches the next version", async () => {
    await using ext = await openSupervised({ source: counter(1) });
    await ext.workspace.call("add");
    await ext.reload(counter(2));
    await ext.workspace.call("add");
    await ext.reload(counter(3));
    expect(await ext.count()).toBe(2);
    expect(warnings(ext)).toEqual([]);
  });

  test("may be collected with time", async () => {
    const handed = `new Promise((resolve) => setTimeout(() => resolve(7), 50))`;
    await using ext = await openSupervised({ source: counter(1, { handed }) });
    await ext.reload(counter(2));
    expect(await ext.count()).toBe(7);
  });

  test("may be declined, for its shape, which is told", async () => {
    await using ext = await openSupervised({ source: counter(1) });
    await ext.workspace.call("add");
    await ext.reload(counter(2, { stateVersion: 2 }));
    expect(await ext.count()).toBe(0);
    expect(warnings(ext)).toEqual(["Version 2 declined the state it was handed."]);
  });

  test("is none where nobody hands any over", async () => {
    await using ext = await openSupervised();
    const errors = ext.errors();
    await ext.reload(counter(2));
    expect(await ext.count()).toBe(0);
    expect([errors, warnings(ext)]).toEqual([[], []]);
  });

  test.for(["0", "false", '""', "null", "[]"])("may be %s", async (value) => {
    await using ext = await openSupervised({ source: version(1, `api.onReload(() => (${value}));`) });
    await ext.reload(version(2, `const state = api.takeState(); tool("state", () => JSON.stringify([state]));`));
    expect(await ext.workspace.ask("state")).toBe(`[${value}]`);
  });

  test("may be as long as a mebibyte", async () => {
    await using ext = await openSupervised({
      source: version(1, `api.onReload(() => "x".repeat(${MAX_LENGTH - 2}));`),
    });
    await ext.reload(measuring);
    expect(await ext.workspace.ask("length")).toBe(String(MAX_LENGTH - 2));
  });
});

describe("state that can't be handed over is told of and costs no edit:", () => {
  const failures: [string, string, string][] = [
    ["collecting throws", `() => { throw new Error("nothing to see"); }`, "nothing to see"],
    ["collecting rejects", `async () => { throw new Error("nothing to see"); }`, "nothing to see"],
    [
      "it is too long",
      `() => "x".repeat(${MAX_LENGTH - 1})`,
      `at most ${MAX_LENGTH} characters, got ${MAX_LENGTH + 1}`,
    ],
    ["it is no JSON", `() => { const cyclic = {}; cyclic.self = cyclic; return cyclic; }`, ""],
    ["collecting never ends", `() => new Promise(() => {})`, "within 2000 ms"],
  ];

  test.for(failures)("%s", async ([, collect, why]) => {
    await using ext = await openSupervised({ source: version(1, `api.onReload(${collect});`) });
    const errors = ext.errors();
    await ext.reload(measuring);
    expect(await ext.workspace.ask("version")).toBe("v2");
    expect(await ext.workspace.ask("length")).toBe("undefined");
    expect(errors).toMatchObject([{ code: "extension-failed", extensionId: "ext" }]);
    expect(errors[0]?.message).toContain("Extension `ext` hands no state over: ");
    expect(errors[0]?.message).toContain(why);
    expect(warnings(ext)).toEqual([errors[0]?.message]);
  });

  test("nor does a version end, whose collecting never ends, that serves on because the next one is broken", async () => {
    const slow = `tool("slow", () => new Promise((resolve) => setTimeout(() => resolve("done"), 500)));`;
    await using ext = await openSupervised({
      source: version(1, `api.onReload(() => new Promise(() => {})); ${slow}`),
      cancelGraceMs: 100,
    });
    const { pid } = ext.info;
    expect(await errorOf(ext.reload(version(2, `throw new Error("broken");`)))).toMatchObject({ code: "setup-failed" });
    // For longer than a call that is given up may take to answer.
    expect(await ext.workspace.ask("slow")).toBe("done");
    expect(ext.info).toMatchObject({ state: "ready", pid });
  });

  test("nor does an unload wait for it", async () => {
    const silent = `() => { api.log.info("collecting"); return new Promise(() => {}); }`;
    await using ext = await openSupervised({ source: version(1, `api.onReload(${silent});`) });
    const errors = ext.errors();
    const collecting = ext.workspace.next("log", ({ text }) => text === "collecting");
    const reload = errorOf(ext.reload(version(2)));
    await collecting;
    await ext.workspace.host.unload("ext");
    expect(await reload).toMatchObject({ code: "extension-stopped" });
    expect(errors).toEqual([]);
  });
});

describe("state that was collected for a version that then failed", () => {
  test("is not handed over later: the version that served on has gone on", async () => {
    const clock = new SteppedClock();
    await using ext = await openSupervised({ source: counter(1), clock });
    clock.advance(LONG_MS);
    await ext.workspace.call("add");
    expect(await errorOf(ext.reload(version(2, `throw new Error("broken");`)))).toMatchObject({ code: "setup-failed" });
    await ext.workspace.call("add");
    await ext.crash("ready");
    expect(await ext.count()).toBe(0);
  });

  test("is not handed over after the version before took back", async () => {
    await using ext = await openSupervised({ source: counter(1) });
    await ext.workspace.call("add");
    await ext.reload(counter(2));
    await ext.crash("ready");
    await ext.workspace.call("add");
    expect(await ext.count()).toBe(2);
    await ext.crash("restarting");
    expect(await ext.count()).toBe(0);
  });

  test("is handed over after all if the version that collected it has died meanwhile", async () => {
    await using ext = await openSupervised({ source: counter(1) });
    await ext.workspace.call("add");
    const starting = ext.workspace.next("log", ({ text }) => text === "setting up");
    const failing = `api.log.info("setting up"); while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5)); throw new Error("broken");`;
    const reload = errorOf(ext.reload(version(2, failing)));
    await starting;
    await ext.crash("reloading");
    ext.workspace.write("go", "");
    await reload;
    expect(await ext.count()).toBe(1);
    expect(await ext.workspace.ask("version")).toBe("v1");
  });
});

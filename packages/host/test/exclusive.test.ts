import { once } from "node:events";
import { rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import {
  counter,
  openSupervised,
  LONG_MS,
  SteppedClock,
  type Supervised,
  type SupervisedOptions,
} from "./support/supervised.ts";
import { errorOf } from "./support/workspace.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Counts, and owns a port that tells its version. Starts only where that port is free. */
function owner(number: number, setup = ""): string {
  return `import { createServer } from "node:net";
    ${counter(number, {
      setup: `
      ${setup}
      api.declare({ reload: "exclusive" });
      const server = createServer((socket) => socket.end("v${number}"));
      await new Promise((resolve, reject) => server.once("error", reject).listen(api.config.port, "127.0.0.1", resolve));
      api.onShutdown(() => new Promise((resolve) => server.close(resolve)));`,
    })}`;
}

async function openOwner({ setup = "", ...options }: SupervisedOptions & { setup?: string } = {}): Promise<
  Supervised & { port: number }
> {
  const port = await freePort();
  const ext = await openSupervised({ source: owner(1, setup), load: { config: { port } }, ...options });
  return Object.assign(ext, { port });
}

/** What answers at the port. */
async function askPort({ port }: { port: number }): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  let text = "";
  for await (const chunk of socket) text += chunk as string;
  return text;
}

const GAP = "stopping the old version";

describe("an extension that owns a port is replaced", () => {
  test("with its state, by one that owns it then", async () => {
    await using ext = await openOwner();
    await ext.workspace.call("add");
    expect(await askPort(ext)).toBe("v1");
    expect(await ext.reload(owner(2))).toMatchObject({ state: "ready", generation: 2, restarts: 0 });
    expect([await askPort(ext), await ext.workspace.ask("version"), await ext.count()]).toEqual(["v2", "v2", 1]);
    expect(ext.story.slice(-3)).toEqual([
      "ready → reloading: reloading",
      `reloading → reloading: ${GAP}`,
      "reloading → ready: reloaded",
    ]);
  });

  test("without losing a call of those made meanwhile", async () => {
    await using ext = await openOwner();
    const reloading = ext.reload(owner(2));
    let done = false;
    void reloading.then(() => (done = true));
    const caller = async (): Promise<string[]> => {
      const answers: string[] = [];
      while (!done || answers.at(-1) !== "v2") answers.push(await ext.workspace.ask("version"));
      return answers;
    };
    for (const answers of await Promise.all(Array.from({ length: 16 }, caller))) {
      expect(new Set(answers)).toEqual(new Set(["v1", "v2"]));
      expect(answers).toEqual([...answers].sort());
    }
    await reloading;
  });

  test("when its calls are done, and not before", async () => {
    const setup = `tool("wait", (_, { progress }) => new Promise((resolve) => { progress("waiting"); const timer = setInterval(() => existsSync("go") && (clearInterval(timer), resolve("waited in v1")), 5); }));`;
    await using ext = await openOwner({ setup });
    const { result } = await ext.startCall("wait");
    const gap = ext.workspace.next("extension", ({ reason }) => reason === GAP);
    const reload = ext.reload(owner(2));
    await gap;
    const later = ext.workspace.ask("version");
    ext.workspace.write("go", "");
    expect(await result).toMatchObject({ content: [{ text: "waited in v1" }] });
    expect(await later).toBe("v2");
    await reload;
  });
});

describe("the old version of an extension that owns a port", () => {
  test("is never stopped for one that can't be built", async () => {
    await using ext = await openOwner();
    const { pid } = ext.info;
    expect(await errorOf(ext.reload("export default (api) => {"))).toMatchObject({ code: "build-failed" });
    expect(ext.info).toMatchObject({ state: "ready", pid, generation: 1 });
    expect(ext.changes.map(({ reason }) => reason)).not.toContain(GAP);
  });

  test.for([
    ["throws", `throw new Error("v2 is broken");`, "setup-failed"],
    ["exits", "process.exit(5);", "start-exited"],
  ])("is started again with its state when the new one %s", async ([, setup, code]) => {
    await using ext = await openOwner();
    await ext.workspace.call("add");
    const { pid } = ext.info;
    expect(await errorOf(ext.reload(owner(2, setup)))).toMatchObject({ code, extensionId: "ext" });
    expect(ext.info).toMatchObject({ state: "ready", restarts: 0, lastError: { code } });
    expect(ext.info.pid).not.toBe(pid);
    expect([await askPort(ext), await ext.count()]).toEqual(["v1", 1]);
    await ext.reload(owner(3));
    expect([await askPort(ext), await ext.count()]).toEqual(["v3", 1]);
  });

  test("comes back with its state although its probation passes meanwhile", async () => {
    const clock = new SteppedClock();
    await using ext = await openOwner({ clock });
    await ext.workspace.call("add");
    const starting = ext.workspace.next("log", ({ text }) => text === "setting up");
    const failing = `api.log.info("setting up"); while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5)); throw new Error("broken");`;
    const reload = errorOf(ext.reload(owner(2, failing)));
    await starting;
    clock.advance(LONG_MS);
    ext.workspace.write("go", "");
    expect(await reload).toMatchObject({ code: "setup-failed" });
    expect(await ext.count()).toBe(1);
  });

  test("is the one to come back to, however short it has served", async () => {
    await using ext = await openOwner();
    await ext.reload(owner(2));
    expect(await errorOf(ext.reload(owner(3, `throw new Error("broken");`)))).toMatchObject({ code: "setup-failed" });
    expect(await askPort(ext)).toBe("v2");
  });

  test("comes back with its state when the new one dies at once", async () => {
    await using ext = await openOwner();
    await ext.workspace.call("add");
    await ext.reload(owner(2));
    await ext.crash("ready");
    expect(ext.info).toMatchObject({ generation: 3, restarts: 1 });
    expect([await askPort(ext), await ext.count()]).toEqual(["v1", 1]);
  });

  test("is started again later when neither of the two starts, and the new one's failure is told", async () => {
    await using ext = await openOwner({ setup: `if (existsSync("broken")) process.exit(3);`, random: () => 0 });
    await ext.workspace.call("add");
    const errors = ext.errors();
    ext.workspace.write("broken", "");
    const restarting = ext.until("restarting");
    expect(await errorOf(ext.reload(owner(2, `throw new Error("broken");`)))).toMatchObject({ code: "setup-failed" });
    expect((await restarting).error).toMatchObject({ code: "setup-failed" });
    expect(errors.map(({ message }) => message.split(":")[0])).toEqual([
      "The old version of extension `ext` did not start again either",
    ]);
    rmSync(`${ext.workspace.directory}/broken`);
    expect([await ext.workspace.ask("version"), await ext.count()]).toEqual(["v1", 1]);
  });
});

describe("while an extension that owns a port is being replaced", () => {
  test("an unload waits neither for its calls nor for a new version", async () => {
    await using ext = await openOwner();
    const { result } = await ext.startCall("hang");
    const hanging = errorOf(result);
    const gap = ext.workspace.next("extension", ({ reason }) => reason === GAP);
    const reload = errorOf(ext.reload(owner(2)));
    await gap;
    const waiting = errorOf(ext.workspace.call("version"));
    const start = performance.now();
    await ext.workspace.host.unload("ext");
    expect(performance.now() - start).toBeLessThan(5000);
    for (const error of await Promise.all([hanging, reload, waiting])) expect(error.code).toBe("extension-stopped");
    expect(ext.changes.map(({ to }) => to).slice(-4)).toEqual(["reloading", "reloading", "stopping", "stopped"]);
  });

  test("its gate waits for the new version", async () => {
    const gate = (number: number): string => owner(number, `api.on("tool_call", () => ({ block: "by v${number}" }));`);
    await using ext = await openOwner({ source: "export default () => {}" });
    await ext.reload(gate(1));
    const decisions: Promise<unknown>[] = [];
    const decide = (): unknown =>
      decisions.push(ext.workspace.host.decide("tool_call", { callId: "1", tool: "x", input: {}, caller: "model" }));
    const gap = ext.workspace.next("extension", ({ reason }) => reason === GAP).then(decide);
    await ext.reload(gate(2));
    await gap;
    expect(await Promise.all(decisions)).toEqual([{ action: "block", reason: "by v2", extensionId: "ext" }]);
  });
});

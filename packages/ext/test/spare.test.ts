import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bundle,
  fixture,
  type Folder,
  makeFolder,
  sayHello,
  type Started,
  startRunner,
  startSpare,
} from "./processes.ts";
import { rejection } from "./support.ts";

let folder: Folder;
let crashes: string;

beforeAll(async () => {
  folder = await makeFolder();
  crashes = await bundle(fixture("crashes.ts"), folder.path);
});
afterAll(() => folder[Symbol.asyncDispose]());

function tell({ writable }: Started, method: string, params: object): void {
  writable.write(`${JSON.stringify({ jsonrpc: "2.0", method, params })}\n`);
}

function load(extension: Started, file: string, more: object = {}): void {
  tell(extension, "runner/load", { bundle: file, name: "loaded", version: "2.0.0", env: {}, ...more });
}

describe("a runner without arguments", () => {
  test("becomes the extension it is told just before hello", async () => {
    await using spare = startSpare();
    load(spare, crashes);
    const host = await sayHello(spare);
    expect({ name: host.offer.name, version: host.offer.version }).toEqual({ name: "loaded", version: "2.0.0" });
    expect(await host.call("noise")).toBe("said a lot");
  });

  test("has what it was granted before the extension's code runs", async () => {
    const file = join(folder.path, "reads.cjs");
    await writeFile(
      file,
      "const { GRANTED } = process.env; module.exports = (api) => api.registerCommand({ name: GRANTED, description: '', execute() {} });",
    );
    await using spare = startSpare();
    load(spare, file, { env: { GRANTED: "granted" } });
    expect((await sayHello(spare)).offer.commands).toEqual([{ name: "granted", description: "" }]);
  });

  test("says and prints nothing by itself, rehearsal included", async () => {
    await using spare = startSpare();
    const said: string[] = [];
    spare.readable.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    tell(spare, "runner/rehearse", {});
    // Ids go up: the first says that it is there, and the rehearsal is over long before the last.
    for (let id = 1; id <= 200; id++) {
      const answered = new Promise((resolve) => spare.readable.once("data", resolve));
      spare.writable.write(`{"jsonrpc":"2.0","id":${id},"method":"ping","params":{}}\n`);
      await answered;
    }
    const answers = Array.from({ length: 200 }, (_, n) => `{"jsonrpc":"2.0","id":${n + 1},"result":{}}\n`);
    expect(said.join("")).toBe(answers.join(""));
    expect(spare.output).toEqual({ stdout: "", stderr: "" });
  });

  test("rehearses any number of times and loads as well afterwards", async () => {
    await using spare = startSpare();
    for (let n = 0; n < 3; n++) tell(spare, "runner/rehearse", {});
    load(spare, crashes);
    const host = await sayHello(spare);
    tell(spare, "runner/rehearse", {});
    expect(await host.call("noise")).toBe("said a lot");
    expect(host.faults).toEqual([]);
  });

  test("answers a hello that comes too early with a failed setup", async () => {
    await using spare = startSpare();
    expect(await rejection(sayHello(spare))).toMatchObject({
      code: "setup-failed",
      executed: "no",
      message: "Expected `runner/load` before `hello`: this process is a spare and has no extension yet.",
    });
  });

  test("shows its extension after a rehearsal what a process of its own shows", async () => {
    const observes = fileURLToPath(new URL("../../host/test/fixtures/observes.cjs", import.meta.url));
    await using fresh = startRunner(observes);
    const own = await (await sayHello(fresh)).call("look");
    await using spare = startSpare();
    tell(spare, "runner/rehearse", {});
    const host = await sayHello(spare, async (peer) => {
      // Each is a turn of its event loop: the rehearsal is over by then.
      for (let n = 0; n < 200; n++) await peer.request("ping", {});
      load(spare, observes, { name: "tested", version: "1.2.3" });
    });
    expect(JSON.parse(await host.call("look"))).toEqual(JSON.parse(own));
  });

  const wrong: Record<string, object> = {
    "without a bundle": { bundle: undefined },
    "with a version that is a number": { version: 2 },
    "without variables": { env: null },
    "with a variable that is no text": { env: { ONE: 1 } },
  };
  for (const [name, more] of Object.entries(wrong)) {
    test(`told to load ${name}, fails the setup and says so`, async () => {
      await using spare = startSpare();
      load(spare, crashes, more);
      const { code, message } = await rejection(sayHello(spare));
      expect(code).toBe("setup-failed");
      expect(message).toContain("Expected `runner/load` with bundle, name, version and env");
    });
  }

  test("told to load a second time, says no and stays what it is", async () => {
    await using spare = startSpare();
    load(spare, crashes);
    const host = await sayHello(spare);
    load(spare, join(folder.path, "other.cjs"), { name: "other", env: { TAKEN: "yes" } });
    expect(await host.call("noise")).toBe("said a lot");
    expect(host.logs).toEqual([
      {
        level: "warn",
        message: "Expected one `runner/load`, got a second one: ignored. This process stays with loaded.",
      },
    ]);
  });

  test("ends when the channel does", async () => {
    await using spare = startSpare();
    spare.writable.end();
    spare.readable.resume();
    expect(await spare.exited).toEqual({ code: 0, signal: null });
  });
});

test("a runner with arguments can't be told to load another extension", async () => {
  await using extension = startRunner(crashes);
  load(extension, join(folder.path, "other.cjs"));
  const host = await sayHello(extension);
  expect(host.offer.name).toBe("tested");
  expect(host.logs).toEqual([]);
});

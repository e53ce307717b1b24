import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle, fixture, type Folder, makeFolder, sayHello, startProgram } from "./processes.ts";

let folder: Folder;
let program: string;

beforeAll(async () => {
  folder = await makeFolder();
  program = await bundle(fixture("serves.ts"), folder.path, "esm");
});
afterAll(() => folder[Symbol.asyncDispose]());

test("prints before serve are faults that cost no message, prints after it go to stderr", async () => {
  await using extension = startProgram(program);
  const host = await sayHello(extension);
  expect({ name: host.offer.name, version: host.offer.version }).toEqual({ name: "serves", version: "4.5.6" });
  expect(await host.call("noise")).toBe("TAU_CHANNEL is undefined");
  expect(await host.call("noise")).toBe("TAU_CHANNEL is undefined");
  host.peer.close();
  expect(await extension.exited).toEqual({ code: 0, signal: null });
  expect(host.faults).toEqual([
    { kind: "not-a-message", text: "too early for serve" },
    { kind: "stray-text", text: "and without an end" },
  ]);
  expect(extension.output.stderr).toBe("after serve\nsetup says hello\nnoise\nhalf a noisenoise\nhalf a noise");
});

test("TAU_CHANNEL=stdio says the same, and children do not see it", async () => {
  await using extension = startProgram(program, { TAU_CHANNEL: "stdio" });
  const host = await sayHello(extension);
  expect(await host.call("noise")).toBe("TAU_CHANNEL is undefined");
});

test("the process ends when stdin does", async () => {
  await using extension = startProgram(program);
  await sayHello(extension);
  extension.writable.end();
  expect(await extension.exited).toEqual({ code: 0, signal: null });
});

test("shutdown is answered, and then the process ends in order", async () => {
  await using extension = startProgram(program);
  const host = await sayHello(extension);
  expect(await host.peer.request("shutdown", { reason: "close" })).toEqual({});
  await host.closed;
  expect(await extension.exited).toEqual({ code: 0, signal: null });
});

test("a channel that is not there ends the process with a sentence that says so", async () => {
  await using extension = startProgram(program, { TAU_CHANNEL: "fd:3" });
  extension.readable.resume();
  expect((await extension.exited).code).not.toBe(0);
  expect(extension.output.stderr).toContain(
    "Expected the host's channel where TAU_CHANNEL says (fd:3), found none there.",
  );
});

import { execFileSync, type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Channel, createPipeChannel } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { firstLine } from "./processes.ts";
import { numbered, Recorder } from "./support.ts";

const CHILD = fileURLToPath(new URL("fixtures/fd-child.mjs", import.meta.url));
const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A program on two pipes, as the launcher starts it, and the channel to it. */
class PipedChild implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly channel: Channel;
  readonly recorder = new Recorder();
  readonly exited: Promise<unknown[]>;
  readonly #folder = mkdtempSync(join(tmpdir(), "tau-rpc-"));

  constructor(...args: string[]) {
    const [to, from] = [join(this.#folder, "to"), join(this.#folder, "from")];
    execFileSync("mkfifo", [to, from]);
    const read = openSync(to, O_RDONLY | O_NONBLOCK);
    this.channel = createPipeChannel({ readPath: from, writePath: to });
    const write = openSync(from, O_WRONLY | O_NONBLOCK);
    const stdio = ["ignore", "pipe", "inherit", read, write] as const;
    this.process = spawn(process.execPath, [CHILD, "pipes", ...args], { stdio: [...stdio] });
    for (const fd of [read, write]) closeSync(fd);
    this.exited = once(this.process, "exit");
    this.channel.listen(this.recorder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.exited;
    rmSync(this.#folder, { recursive: true });
  }
}

describe.each([["at once"], ["late"]])("on two pipes that the other side opens %s", (when) => {
  const start = (): PipedChild => new PipedChild(...(when === "late" ? ["late"] : []));

  test("messages go there and back in order", async () => {
    await using child = start();
    const texts = Array.from({ length: 200 }, (_, index) => "é€".repeat(index * 10));
    for (const [index, text] of texts.entries())
      child.channel.send({ jsonrpc: "2.0", id: index + 1, method: "echo", params: { text } });
    const answers = await child.recorder.received(200);
    expect(answers.map((answer) => ("params" in answer ? answer.params : {}))).toEqual(texts.map((text) => ({ text })));
  });

  test("a message of several MB arrives there and back", async () => {
    await using child = start();
    const text = "😀".repeat(1_500_000);
    child.channel.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { text } });
    expect(await child.recorder.received(1)).toEqual([{ jsonrpc: "2.0", id: 1, method: "said", params: { text } }]);
  });

  test("closing sends what is queued, nothing after it, and ends once", async () => {
    await using child = start();
    child.channel.send({ jsonrpc: "2.0", id: 1, method: "close" });
    expect(await child.recorder.end()).toBeUndefined();
    expect(child.recorder.messages.map((message) => ("id" in message ? message.id : undefined))).toEqual([1, 2]);
  });

  test("closing this end ends the other side's channel", async () => {
    await using child = start();
    child.channel.send({ jsonrpc: "2.0", id: 1, method: "echo", params: {} });
    await child.recorder.received(1);
    child.channel.close();
    expect(await firstLine(child.process.stdout as NonNullable<ChildProcess["stdout"]>)).toBe("closed in order");
    expect(await child.recorder.end()).toBeUndefined();
  });

  test("the other side's exit ends the channel, after all it has said", async () => {
    await using child = start();
    child.channel.send({ jsonrpc: "2.0", id: 1, method: "flood", params: { count: 5, text: "x", times: 1000 } });
    await child.recorder.received(1);
    child.channel.send({ jsonrpc: "2.0", id: 2, method: "exit" });
    expect(await child.recorder.end()).toBeUndefined();
    expect(child.recorder.order).toEqual([...Array<string>(5).fill("message"), "closed"]);
  });

  test("writing to a killed process ends the channel and throws nothing", async () => {
    await using child = start();
    child.process.kill("SIGKILL");
    for (let id = 1; id <= 50; id++) child.channel.send(numbered(id, "x".repeat(10_000)));
    await child.recorder.end();
    expect(child.recorder.order).toEqual(["closed"]);
  });

  test("one that lives on and reads no more ends the channel with the error", async () => {
    await using child = start();
    child.channel.send({ jsonrpc: "2.0", id: 1, method: "deafen" });
    const write = setInterval(() => child.channel.send(numbered(2)), 5);
    expect(await child.recorder.end()).toMatchObject({ code: "EPIPE" });
    clearInterval(write);
    expect(child.process.exitCode).toBeNull();
  });
});

test("pipes that nobody has made are an error with the system's code", () => {
  const path = join(tmpdir(), "tau-rpc-no-pipe-here");
  expect(() => createPipeChannel({ readPath: path, writePath: path })).toThrow(
    expect.objectContaining({ code: "ENOENT" }),
  );
});

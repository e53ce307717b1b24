import { once } from "node:events";
import { PassThrough } from "node:stream";
import { createStreamChannel } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { createSocketPair, firstLine, startChild } from "./processes.ts";
import { flush, numbered, Recorder } from "./support.ts";

describe("over a socket", () => {
  test("messages arrive in order, in both directions at once", async () => {
    await using sockets = await createSocketPair();
    const left = listenOn(sockets.left);
    const right = listenOn(sockets.right);
    const messages = Array.from({ length: 500 }, (_, index) => numbered(index + 1, "é😀".repeat(index)));
    for (const message of messages) {
      left.channel.send(message);
      right.channel.send(message);
    }
    expect(await left.recorder.received(500)).toEqual(messages);
    expect(await right.recorder.received(500)).toEqual(messages);
  });

  test("a reader that starts late gets everything in order, and what waits is counted until then", async () => {
    await using sockets = await createSocketPair();
    const { channel } = listenOn(sockets.left);
    const messages = Array.from({ length: 60 }, (_, index) => numbered(index + 1, "é".repeat(100_000)));
    for (const message of messages) channel.send(message);
    await flush();
    expect(channel.queuedBytes).toBeGreaterThan(5_000_000);
    const { recorder } = listenOn(sockets.right);
    expect(await recorder.received(60)).toEqual(messages);
    // The other side has read all of it; this side's own bookkeeping follows with the next turn of its loop.
    if (sockets.left.writableLength > 0) await once(sockets.left, "drain");
    expect(channel.queuedBytes).toBe(0);
  });

  test("closing sends what is queued first, and both sides learn of the end once", async () => {
    await using sockets = await createSocketPair();
    const left = listenOn(sockets.left);
    const right = listenOn(sockets.right);
    const messages = Array.from({ length: 20 }, (_, index) => numbered(index + 1, "x".repeat(100_000)));
    for (const message of messages) left.channel.send(message);
    left.channel.close();
    left.channel.close();
    left.channel.send(numbered(21));
    expect(await right.recorder.end()).toBeUndefined();
    expect(await left.recorder.end()).toBeUndefined();
    expect(right.recorder.messages).toEqual(messages);
    expect([left.recorder.order, right.recorder.order.slice(-1)]).toEqual([["closed"], ["closed"]]);
  });

  test("writing after the other side is gone ends the channel and throws nothing", async () => {
    await using sockets = await createSocketPair();
    const { channel, recorder } = listenOn(sockets.left);
    sockets.right.destroy();
    for (let id = 1; id <= 100; id++) channel.send(numbered(id, "x".repeat(10_000)));
    await recorder.end();
    channel.send(numbered(101));
    channel.close();
    await flush();
    expect(recorder.order).toEqual(["closed"]);
  });

  test("half a line at the end is a fault, told before the end", async () => {
    await using sockets = await createSocketPair();
    const { recorder } = listenOn(sockets.left);
    sockets.right.end('{"jsonrpc":"2.0","id":1,"method":"test","params":{"text":""}}\n{"jsonrpc":');
    expect(await recorder.end()).toBeUndefined();
    expect({ faults: recorder.faults, order: recorder.order }).toEqual({
      faults: [{ kind: "unfinished-line", text: '{"jsonrpc":' }],
      order: ["message", "fault", "closed"],
    });
  });

  test("white space at the end is no fault", async () => {
    await using sockets = await createSocketPair();
    const { recorder } = listenOn(sockets.left);
    sockets.right.end(" \r ");
    await recorder.end();
    expect(recorder.order).toEqual(["closed"]);
  });

  test("a message that is too large is refused and the next one is sent", async () => {
    await using sockets = await createSocketPair();
    const left = listenOn(sockets.left);
    const right = listenOn(sockets.right);
    left.channel.maxSendBytes = 1000;
    expect(() => left.channel.send(numbered(1, "x".repeat(1000)))).toThrow(
      expect.objectContaining({ code: "message-too-large" }),
    );
    left.channel.send(numbered(2));
    expect(await right.recorder.received(1)).toEqual([numbered(2)]);
  });
});

test("all messages of a tick leave in one write", async () => {
  const writable = new PassThrough();
  const chunks: string[] = [];
  writable.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const channel = createStreamChannel({ readable: new PassThrough(), writable });
  channel.listen(new Recorder());
  for (const id of [1, 2, 3]) channel.send(numbered(id));
  expect(channel.queuedBytes).toBeGreaterThan(0);
  await flush();
  expect(chunks).toEqual([[1, 2, 3].map((id) => `${JSON.stringify(numbered(id))}\n`).join("")]);
});

test("a broken read side ends the channel with its error", async () => {
  const readable = new PassThrough();
  const { recorder } = listenOn(readable, new PassThrough());
  const broken = new Error("broken");
  readable.destroy(broken);
  expect(await recorder.end()).toBe(broken);
});

describe("over a child's pipes", () => {
  test("messages go there and back", async () => {
    await using child = startChild("stdio-child.mjs");
    const { channel, recorder } = listenOn(child.stdout, child.stdin);
    const messages = Array.from({ length: 40 }, (_, index) => numbered(index + 1, "€".repeat(50_000)));
    for (const message of messages) channel.send(message);
    expect(await recorder.received(40)).toEqual(messages);
  });

  test("closing lets the child end in order", async () => {
    await using child = startChild("stdio-child.mjs");
    const { channel, recorder } = listenOn(child.stdout, child.stdin);
    channel.send(numbered(1));
    await recorder.received(1);
    channel.close();
    expect(await recorder.end()).toBeUndefined();
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test("the child's death ends the channel", async () => {
    await using child = startChild("stdio-child.mjs");
    const { channel, recorder } = listenOn(child.stdout, child.stdin);
    channel.send(numbered(1));
    await recorder.received(1);
    child.process.kill("SIGKILL");
    await recorder.end();
    channel.send(numbered(2));
    await flush();
    expect(recorder.order).toEqual(["message", "closed"]);
  });

  test("what a child said before it died is read, though it no longer listens", async () => {
    await using child = startChild("last-words.mjs", ["exit"]);
    await firstLine(child.stderr);
    const { channel, recorder } = listenOn(child.stdout, child.stdin);
    channel.send(numbered(1));
    await recorder.end();
    expect(recorder.order).toEqual(["message", "closed"]);
    expect(recorder.messages).toEqual([
      { jsonrpc: "2.0", id: 1, method: "said", params: { text: "x".repeat(50_000) } },
    ]);
  });

  test("what a child said is read even if its end is known first", async () => {
    await using child = startChild("last-words.mjs", ["exit"]);
    const { recorder } = listenOn(child.stdout.pause(), child.stdin);
    child.stdout.pause();
    await child.exited;
    await flush();
    child.stdout.resume();
    await recorder.end();
    expect(recorder.order).toEqual(["message", "closed"]);
  });

  test("a child that lives on without listening is given up with the error of the write", async () => {
    await using child = startChild("last-words.mjs", ["stay"]);
    await firstLine(child.stderr);
    const { channel, recorder } = listenOn(child.stdout, child.stdin);
    channel.send(numbered(1));
    expect(await recorder.end()).toMatchObject({ code: "EPIPE" });
    expect(recorder.order).toEqual(["message", "closed"]);
  });
});

function listenOn(
  readable: NodeJS.ReadableStream,
  writable: NodeJS.WritableStream = readable as unknown as NodeJS.WritableStream,
): { channel: ReturnType<typeof createStreamChannel>; recorder: Recorder } {
  const recorder = new Recorder();
  const streams = { readable, writable } as unknown as Parameters<typeof createStreamChannel>[0];
  const channel = createStreamChannel(streams);
  channel.listen(recorder);
  return { channel, recorder };
}

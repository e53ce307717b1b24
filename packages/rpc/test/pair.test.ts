import type { Message } from "tau-protocol";
import { createChannelPair } from "tau-rpc";
import { expect, test } from "vitest";
import { flush, numbered, Recorder } from "./support.ts";

function listenOnPair() {
  const [left, right] = createChannelPair();
  const [atLeft, atRight] = [new Recorder(), new Recorder()];
  left.listen(atLeft);
  right.listen(atRight);
  return { left, right, atLeft, atRight };
}

test("messages arrive in order, later than they are sent", async () => {
  const { left, atRight } = listenOnPair();
  await flush();
  for (const id of [1, 2, 3]) left.send(numbered(id));
  expect(atRight.messages).toEqual([]);
  expect(await atRight.received(3)).toEqual([numbered(1), numbered(2), numbered(3)]);
});

test("a message is what it was when it was sent", async () => {
  const { left, atRight } = listenOnPair();
  const message = { jsonrpc: "2.0", method: "note", params: { n: 1, nothing: undefined } };
  left.send(message as unknown as Message);
  message.params.n = 2;
  expect(await atRight.received(1)).toEqual([{ jsonrpc: "2.0", method: "note", params: { n: 1 } }]);
});

test("what was sent before the other side listened is delivered in order", async () => {
  const [left, right] = createChannelPair();
  left.listen(new Recorder());
  left.send(numbered(1));
  await flush();
  const recorder = new Recorder();
  right.listen(recorder);
  expect(recorder.messages).toEqual([]);
  left.send(numbered(2));
  expect(await recorder.received(2)).toEqual([numbered(1), numbered(2)]);
});

test("an end from before the other side listened is told after the messages", async () => {
  const [left, right] = createChannelPair();
  left.listen(new Recorder());
  left.send(numbered(1));
  left.close();
  await flush();
  const recorder = new Recorder();
  right.listen(recorder);
  await recorder.end();
  expect(recorder.order).toEqual(["message", "closed"]);
});

test("both sides learn of the end once, after what was sent before it", async () => {
  const { left, right, atLeft, atRight } = listenOnPair();
  left.send(numbered(1));
  left.close();
  right.close();
  left.close();
  left.send(numbered(2));
  await flush();
  expect([atLeft.order, atRight.order]).toEqual([["closed"], ["message", "closed"]]);
});

test("a message that is too large is refused as on a pipe", () => {
  const { left } = listenOnPair();
  left.maxSendBytes = 100;
  expect(() => left.send(numbered(1, "x".repeat(100)))).toThrow(expect.objectContaining({ code: "message-too-large" }));
});

test("a message that is no JSON is refused as on a pipe", () => {
  const { left } = listenOnPair();
  expect(() => left.send({ jsonrpc: "2.0", method: "note", params: { n: 1n } } as unknown as Message)).toThrow(
    TypeError,
  );
});

import { expect, test } from "vitest";
import { LineQueue } from "../src/line-queue.ts";

function openQueue(): { queue: LineQueue; written: string[] } {
  const written: string[] = [];
  return { queue: new LineQueue((lines) => void written.push(lines.toString())), written };
}

const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test("lines that come one after the other leave together", async () => {
  const { queue, written } = openQueue();
  queue.add("a");
  queue.add("b");
  expect(written).toEqual([]);
  await tick();
  expect(written).toEqual(["a\nb\n"]);
});

test("lines of all that went on at the same time leave together", async () => {
  const { queue, written } = openQueue();
  const answered = Promise.resolve();
  void answered.then(() => queue.add("a"));
  void answered.then(() => queue.add("b"));
  await tick();
  expect(written).toEqual(["a\nb\n"]);
});

test("lines that are held leave together when they are released, and once", async () => {
  const { queue, written } = openQueue();
  queue.hold();
  queue.add("a");
  queue.add("b");
  await tick();
  expect(written).toEqual([]);
  queue.release();
  expect(written).toEqual(["a\nb\n"]);
  await tick();
  expect(written).toEqual(["a\nb\n"]);
});

test("lines that waited already leave with those that were held, in their order", async () => {
  const { queue, written } = openQueue();
  queue.add("a");
  queue.hold();
  queue.add("b");
  queue.release();
  queue.add("c");
  expect(written).toEqual(["a\nb\n"]);
  await tick();
  expect(written).toEqual(["a\nb\n", "c\n"]);
});

test("nothing is written where nothing was held", () => {
  const { queue, written } = openQueue();
  queue.hold();
  queue.release();
  expect(written).toEqual([]);
});

test("a long line leaves at once, behind those that waited and before those that come", async () => {
  const { queue, written } = openQueue();
  const long = "é€😀".repeat(20_000);
  queue.add("a");
  queue.add(long);
  queue.add("b");
  expect(written).toEqual(["a\n", `${long}\n`]);
  await tick();
  expect(written).toEqual(["a\n", `${long}\n`, "b\n"]);
});

test("a long line leaves at once also while others are held", () => {
  const { queue, written } = openQueue();
  const long = "x".repeat(100_000);
  queue.hold();
  queue.add("a");
  queue.add(long);
  queue.add("b");
  expect(written).toEqual(["a\n", `${long}\n`]);
  queue.release();
  expect(written).toEqual(["a\n", `${long}\n`, "b\n"]);
});

import { expect, test } from "vitest";
import { LineQueue } from "../src/line-queue.ts";

function openQueue(): { queue: LineQueue; written: string[] } {
  const written: string[] = [];
  return { queue: new LineQueue((lines) => void written.push(lines)), written };
}

const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test("lines that come one after the other leave together", async () => {
  const { queue, written } = openQueue();
  queue.add("a\n");
  queue.add("b\n");
  expect(written).toEqual([]);
  await tick();
  expect(written).toEqual(["a\nb\n"]);
});

test("lines of all that went on at the same time leave together", async () => {
  const { queue, written } = openQueue();
  const answered = Promise.resolve();
  void answered.then(() => queue.add("a\n"));
  void answered.then(() => queue.add("b\n"));
  await tick();
  expect(written).toEqual(["a\nb\n"]);
});

test("lines that are held leave together when they are released, and once", async () => {
  const { queue, written } = openQueue();
  queue.hold();
  queue.add("a\n");
  queue.add("b\n");
  await tick();
  expect(written).toEqual([]);
  queue.release();
  expect(written).toEqual(["a\nb\n"]);
  await tick();
  expect(written).toEqual(["a\nb\n"]);
});

test("lines that waited already leave with those that were held, in their order", async () => {
  const { queue, written } = openQueue();
  queue.add("a\n");
  queue.hold();
  queue.add("b\n");
  queue.release();
  queue.add("c\n");
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

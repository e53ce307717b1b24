import { describe, expect, test } from "vitest";
import { SerialQueue } from "../../src/serial-queue.ts";

function never(): void {
  throw new Error("nothing failed alone");
}

describe("a serial queue", () => {
  test("does one thing after the other, in order, however long each takes", async () => {
    const queue = new SerialQueue(never);
    const told: string[] = [];
    const work = (name: string, turns: number) => async (): Promise<string> => {
      told.push(`${name} begins`);
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      told.push(`${name} ends`);
      return name;
    };
    expect(await Promise.all([queue.add(work("a", 5)), queue.add(work("b", 0)), queue.add(work("c", 2))])).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(told).toEqual(["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  test("begins nothing at once: who adds has told everybody first", async () => {
    const queue = new SerialQueue(never);
    let begun = false;
    const added = queue.add(async () => void (begun = true));
    expect(begun).toBe(false);
    await added;
    expect(begun).toBe(true);
  });

  test("tells a failure to the one who added the work, and goes on", async () => {
    const queue = new SerialQueue(never);
    const failed = queue.add(() => Promise.reject(new Error("rejected")));
    const threw = queue.add(() => {
      throw new Error("thrown");
    });
    const done = queue.add(async () => "done");
    await expect(failed).rejects.toThrow("rejected");
    await expect(threw).rejects.toThrow("thrown");
    expect(await done).toBe("done");
  });

  test("tells the failure of work that nobody waits for to its owner, and goes on", async () => {
    const errors: unknown[] = [];
    const queue = new SerialQueue((error) => errors.push(error));
    queue.addAlone(() => Promise.reject(new Error("alone")));
    expect(await queue.add(async () => "done")).toBe("done");
    await new Promise(setImmediate);
    expect(errors).toEqual([new Error("alone")]);
  });

  test("does what is added from within after what waits already", async () => {
    const queue = new SerialQueue(never);
    const told: string[] = [];
    let inner: Promise<void> = Promise.resolve();
    const outer = queue.add(async () => {
      inner = queue.add(async () => void told.push("inner"));
      told.push("outer");
    });
    await Promise.all([outer, queue.add(async () => void told.push("second"))]);
    await inner;
    expect(told).toEqual(["outer", "second", "inner"]);
  });
});

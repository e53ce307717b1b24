import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { History } from "../../src/interactive/history.ts";

const root = mkdtempSync(join(tmpdir(), "tau-history-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function openHistory(home: string, cwd = "/project"): Promise<History> {
  const history = new History(join(root, home), cwd);
  await history.load();
  return history;
}

describe("what was typed", () => {
  test("comes back, last first, and then what was being typed", async () => {
    const history = await openHistory("moves");
    await history.add("one");
    await history.add("two\nlines");
    const again = await openHistory("moves");
    expect(again.move(-1, "draft")).toBe("two\nlines");
    expect(again.move(-1, "")).toBe("one");
    expect(again.move(-1, "")).toBeUndefined();
    again.move(1, "");
    expect(again.move(1, "")).toBe("draft");
  });

  test("belongs to its folder, and only the user may read it", async () => {
    const history = await openHistory("folders", "/one");
    await history.add("secret");
    expect((await openHistory("folders", "/two")).move(-1, "")).toBeUndefined();
    const [file = ""] = readdirSync(join(root, "folders/history"));
    expect(statSync(join(root, "folders/history", file)).mode & 0o077).toBe(0);
  });

  test("survives a torn line", async () => {
    const history = await openHistory("torn");
    await history.add("whole");
    const [file = ""] = readdirSync(join(root, "torn/history"));
    appendFileSync(join(root, "torn/history", file), '"half');
    expect((await openHistory("torn")).move(-1, "")).toBe("whole");
  });

  test("is kept once where it is said twice, and not without end", async () => {
    const history = await openHistory("bounds");
    for (let count = 0; count < 2100; count++) await history.add(`line ${count}`);
    await history.add("line 2099");
    await openHistory("bounds");
    const last = await openHistory("bounds");
    let steps = 0;
    while (last.move(-1, "") !== undefined) steps += 1;
    expect(steps).toBe(1000);
  });
});

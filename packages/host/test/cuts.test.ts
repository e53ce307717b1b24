import { describe, expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, type Workspace } from "./support/workspace.ts";

const AT_ONCE = 8;

const cuts = (...args: string[]): { command: string[] } => ({
  command: [process.execPath, fixture("cuts.mjs"), ...args],
});

/** Does it for each number up to `last`, a few at a time. */
async function forEach(last: number, work: (count: number) => Promise<void>): Promise<void> {
  let next = 0;
  const run = async (): Promise<void> => {
    while (next <= last) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
}

describe("an extension that writes as no SDK would", () => {
  test.for(["byte-by-byte", "glued"])("is understood when its lines come %s", async (mode) => {
    await using workspace = await openWorkspace();
    await workspace.load(cuts(mode), { id: mode });
    expect(await workspace.ask(mode, { text: "日本 👩‍🚀" })).toBe("日本 👩‍🚀");
  });

  test("fails its load alone when its channel ends at any byte of what it offers", { timeout: 120_000 }, async () => {
    await using workspace = await openWorkspace();
    const offer = `{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"tools":[{"name":"cut-hello-100","description":"","parameters":{"type":"object"}}],"events":[],"hooks":[],"commands":[]}}`;
    await forEach(offer.length, async (count) => {
      const error = await errorOf(workspace.load(cuts("cut-hello", String(count)), { id: `cut-${count}` }));
      expect(error.code, `${count} bytes`).toBe("start-exited");
    });
    expect(workspace.host.tools().filter(({ extensionId }) => extensionId.startsWith("cut"))).toEqual([]);
  });

  test("fails its call alone when its channel ends at any byte of the answer", { timeout: 120_000 }, async () => {
    await using workspace = await openWorkspace();
    const answer = `{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"é"}]}}`;
    await forEach(Buffer.byteLength(answer), (count) => cutAnswer(workspace, count));
  });
});

async function cutAnswer(workspace: Workspace, count: number): Promise<void> {
  const name = `cut-answer-${count}`;
  await workspace.load(cuts("cut-answer", String(count)), { id: name });
  const error = await errorOf(workspace.call(name, { text: "é" }));
  expect(error, `${count} bytes`).toMatchObject({ code: "extension-crashed", executed: "maybe" });
  await workspace.host.unload(name);
}

import { expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, raw } from "./support/workspace.ts";

test("events reach the extensions that named them, in order, and nobody else", async () => {
  await using workspace = await openWorkspace();
  await workspace.load(raw("observer"), { id: "observer" });
  await workspace.load(raw(), { id: "other" });
  for (let turn = 1; turn <= 3; turn++) workspace.host.emit("turn_end", { turn });
  workspace.host.emit("turn_start", { turn: 4 });
  expect(JSON.parse(await workspace.ask("heard"))).toEqual(
    [1, 2, 3].map((turn) => ({ name: "turn_end", payload: { turn } })),
  );
});

test("a handler that throws is logged and disturbs nobody", async () => {
  await using workspace = await openWorkspace();
  await workspace.load(fixture("deaf.ts"), { id: "deaf" });
  const logged = workspace.next("log", ({ text }) => text.includes("The handler of turn_end failed: deaf on purpose"));
  workspace.host.emit("turn_end", { turn: 1 });
  expect((await logged).extensionId).toBe("deaf");
});

test("a payload that can't be sent is survived", async () => {
  await using workspace = await openWorkspace();
  await workspace.load(raw("observer"), { id: "observer" });
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  workspace.host.emit("turn_end", cycle as never);
  expect(await workspace.ask("heard")).toBe("[]");
});

test("an extension that does not read holds up neither emit nor another extension", async () => {
  await using workspace = await openWorkspace();
  await workspace.load(raw("observer"), { id: "observer" });
  process.kill(workspace.host.extensions()[1]?.pid ?? 0, "SIGSTOP");
  const payload = { text: "x".repeat(1_000_000) };
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 200; i++) workspace.host.emit("turn_end", payload);
  await workspace.expectNeighbour();
  expect(process.memoryUsage().rss - before).toBeLessThan(250_000_000);
  expect(await errorOf(workspace.call("heard"))).toMatchObject({ code: "overloaded", executed: "no", retryable: true });
});

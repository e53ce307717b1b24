import pc from "picocolors";
import { expect, test } from "vitest";
import type { InputMode } from "../../src/interactive/input-mode.ts";
import { Questions } from "../../src/interactive/questions.ts";

/** A question to a user who is in the middle of a line, or not, and a clock that moves when a test says so. */
function ask({ isTyping }: { isTyping: boolean }) {
  let now = 0;
  let mode: InputMode | undefined;
  const questions = new Questions({
    colors: pc.createColors(false),
    clock: { now: () => now, setTimeout: () => 0, clearTimeout: () => {} },
    isTyping: () => isTyping,
    show: (next) => (mode = next),
    record: () => {},
  });
  const answer = questions.confirm({ title: "May I?" }, { signal: new AbortController().signal });
  return {
    answer,
    typeAt: (ms: number, text: string) => {
      now = ms;
      mode?.key({ kind: "text", text });
    },
    shown: () => mode?.layout({ columns: 80, rows: 24 }).rows.map(({ text }) => text),
  };
}

const HINT = "(You were typing: pause for a moment, then answer.)";

test("who was typing answers after a pause, which each key begins again", async () => {
  const { answer, typeAt, shown } = ask({ isTyping: true });
  expect(shown()).toEqual([HINT, "? May I?", "  Yes (y)", "❯ No (n)"]);
  for (const ms of [600, 1200, 1800]) typeAt(ms, "y");
  expect(shown()?.[0]).toBe(HINT);
  typeAt(2500, "n");
  expect(await answer).toBe(false);
  expect(shown()).toBeUndefined();
});

test("who was not typing answers at once", async () => {
  const { answer, typeAt, shown } = ask({ isTyping: false });
  expect(shown()).toEqual(["? May I?", "  Yes (y)", "❯ No (n)"]);
  typeAt(0, "y");
  expect(await answer).toBe(true);
});

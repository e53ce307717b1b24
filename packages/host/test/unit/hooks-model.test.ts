import { fc, test } from "@fast-check/vitest";
import type { HookAnswer, JsonObject, RunHookParams } from "tau-protocol";
import { expect } from "vitest";
import { type Decision, decide, type Hook } from "../../src/hooks.ts";

/** How a gate answers about a number: nothing it does depends on anything else. */
type Rule = { at: number; answer: "pass" | "block" | "throw" | { to: number } };

const RULE = fc.record({
  at: fc.nat(3),
  answer: fc.oneof(fc.constantFrom("pass" as const, "block" as const, "throw" as const), fc.record({ to: fc.nat(3) })),
});
const GATES = fc.array(fc.array(RULE, { maxLength: 3 }), { maxLength: 5 });

function answerOf(rules: readonly Rule[], value: number): HookAnswer {
  const answer = rules.find(({ at }) => at === value)?.answer ?? "pass";
  if (answer === "throw") throw new Error("threw");
  if (answer === "block") return { action: "block", reason: "no" };
  return answer === "pass" ? { action: "continue" } : { action: "modify", value: { input: { value: answer.to } } };
}

/** What K-5 and K-9 say, one after the other: nothing at the same time, nobody asked twice but by the last rule. */
function oneByOne(gates: readonly Rule[][], start: number): number | "blocked" {
  let value = start;
  let lastChange = 0;
  for (const [index, rules] of gates.entries()) {
    const answer = tryAnswer(rules, value);
    if (answer === "blocked") return answer;
    if (answer.action === "modify") lastChange = index;
    value = changedBy(answer) ?? value;
  }
  for (const rules of gates.slice(0, lastChange)) {
    const answer = tryAnswer(rules, value);
    if (answer === "blocked") return answer;
    const changed = changedBy(answer);
    if (changed !== undefined && changed !== value) return "blocked";
  }
  return value;
}

function tryAnswer(rules: readonly Rule[], value: number): HookAnswer | "blocked" {
  try {
    const answer = answerOf(rules, value);
    return answer.action === "block" ? "blocked" : answer;
  } catch {
    return "blocked";
  }
}

function changedBy(answer: HookAnswer): number | undefined {
  return answer.action === "modify" ? valueIn(answer.value) : undefined;
}

function valueIn(payload: JsonObject): number {
  return (payload["input"] as { value: number }).value;
}

/** Asked through a queue of its own, answers after a while that is not the same for all. */
function asHook(rules: readonly Rule[], index: number, delay: number): Hook {
  const runHook = async ({ payload }: RunHookParams): Promise<HookAnswer> => {
    for (let turns = 0; turns < delay; turns++) await Promise.resolve();
    return answerOf(rules, valueIn(payload));
  };
  return {
    extensionId: `gate-${index}`,
    registration: { event: "tool_call" },
    lease: { runHook, release: () => {} } as unknown as Hook["lease"],
  };
}

test.prop([GATES, fc.nat(3), fc.array(fc.nat(6), { minLength: 5, maxLength: 5 })])(
  "gates that are asked together decide as if they were asked one after the other",
  async (gates, start, delays) => {
    const hooks = gates.map((rules, index) => asHook(rules, index, delays[index] ?? 0));
    const payload = { callId: "1", tool: "t", input: { value: start }, caller: "model" };
    const decision: Decision = await decide("tool_call", payload, hooks, { onFailure: () => {} });
    const outcome = decision.action === "block" ? "blocked" : valueIn(decision.payload);
    expect(outcome).toBe(oneByOne(gates, start));
  },
);

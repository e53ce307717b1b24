import { tmpdir } from "node:os";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { compactSession } from "../../src/compaction/compact.ts";
import { planCompaction, shouldCompact } from "../../src/compaction/plan.ts";
import { estimateTokens } from "../../src/compaction/tokens.ts";
import { transcriptOf } from "../../src/compaction/transcript.ts";
import type { AgentMessage } from "../../src/message.ts";
import { resolveModel } from "../../src/model/resolve.ts";
import type { OfflineScript, ScriptRequest } from "../../src/model/script.ts";
import type { Session } from "../../src/session/session.ts";
import { SessionStore } from "../../src/session/store.ts";

const USAGE = { inputTokens: 0, outputTokens: 0 };

function user(text: string): AgentMessage {
  return { role: "user", content: [{ type: "text", text }] };
}

/** An answer that calls tools, and their results. */
function round(text: string, calls: readonly string[], result: string): AgentMessage[] {
  const parts = calls.map((callId) => ({ type: "toolCall" as const, callId, tool: "t", input: { of: callId } }));
  const content = [{ type: "text" as const, text }, ...parts];
  const stopReason = calls.length === 0 ? ("stop" as const) : ("tool-calls" as const);
  return [
    { role: "assistant", content, stopReason, model: "a/b", usage: USAGE },
    ...calls.map((callId): AgentMessage => {
      return { role: "tool", callId, tool: "t", content: [{ type: "text", text: result }], isError: false };
    }),
  ];
}

describe("when", () => {
  test.each([
    [100_000, 200_000, false],
    [190_000, 200_000, true],
    [5000, 8000, false],
    [6100, 8000, true],
    [1_000_000, undefined, false],
  ])("%d used of %d: %s", (usedTokens, windowTokens, expected) => {
    expect(shouldCompact({ usedTokens, ...(windowTokens === undefined ? {} : { windowTokens }) })).toBe(expected);
  });
});

describe("where", () => {
  const conversation = fc
    .array(
      fc.oneof(
        fc.record({ kind: fc.constant("user" as const), length: fc.nat(5000) }),
        fc.record({ kind: fc.constant("round" as const), length: fc.nat(5000), calls: fc.nat(4) }),
        fc.record({ kind: fc.constant("extension" as const), length: fc.nat(100) }),
      ),
      { maxLength: 30 },
    )
    .map((steps) =>
      steps.flatMap((step, index): AgentMessage[] => {
        const text = "x".repeat(step.length);
        if (step.kind === "user") return [user(text)];
        if (step.kind === "extension") {
          const content = [{ type: "text" as const, text }];
          return [{ role: "extension", extensionId: "e", kind: "k", content, visibleToModel: true }];
        }
        const calls = Array.from({ length: step.calls }, (_, call) => `${index}.${call}`);
        return round(text, calls, text);
      }),
    )
    // What the user asked last has its answer.
    .map((messages) => (messages.length === 0 ? [] : [...messages, ...round("done", [], "")]));

  property.prop([conversation, fc.integer({ min: 1000, max: 100_000 })])(
    "never between a call and its result, and as much is kept as fits",
    (messages, windowTokens) => {
      const plan = planCompaction(messages, windowTokens);
      if (plan === undefined) {
        expect(messages).toEqual([]);
        return;
      }
      const idsIn = (part: readonly AgentMessage[], role: string): string[] =>
        part.flatMap((message) => {
          if (role === "tool") return message.role === "tool" ? [message.callId] : [];
          if (message.role !== "assistant") return [];
          return message.content.flatMap((content) => (content.type === "toolCall" ? [content.callId] : []));
        });
      for (const part of [messages.slice(0, plan.cut), messages.slice(plan.cut)]) {
        expect(idsIn(part, "tool")).toEqual(idsIn(part, "assistant"));
      }
      expect(plan.cut).toBeGreaterThan(0);
      expect(estimateTokens(messages.slice(plan.cut))).toBeLessThanOrEqual(windowTokens / 4);
    },
  );

  test("not at all where there is nothing but a summary, or nothing", () => {
    expect(planCompaction([])).toBeUndefined();
    expect(planCompaction([{ role: "summary", text: "S" }])).toBeUndefined();
  });

  test("before a question that nobody has answered, however long it is", () => {
    const failed: AgentMessage = {
      role: "assistant",
      content: [],
      stopReason: "error",
      model: "m",
      usage: { inputTokens: 0, outputTokens: 0 },
    };
    const messages = [user("one"), ...round("r", ["1"], "ok"), user("x".repeat(50_000)), failed];
    expect(planCompaction(messages, 1000)).toEqual({ cut: 3 });
    expect(planCompaction([user("one")])).toBeUndefined();
  });

  test("before a call that still waits for its result", () => {
    const messages = [user("one"), ...round("r", ["1", "2"], "ok").slice(0, 2)];
    expect(planCompaction(messages)).toEqual({ cut: 1 });
  });
});

describe("what the model is shown", () => {
  test("is who said what, with long results cut and nothing that was not for it", () => {
    const details = { extensionId: "e", kind: "k", content: [{ type: "text" as const, text: "hidden" }] };
    const text = transcriptOf(
      [
        { role: "summary", text: "before" },
        user("question"),
        ...round("looking", ["1"], "y".repeat(10_000)),
        { role: "extension", ...details, visibleToModel: false },
      ],
      100_000,
    );
    expect(text).toContain("[Summary of what was before]\nbefore\n\n[User]\nquestion\n\n[Assistant]\nlooking");
    expect(text).toContain('[Assistant calls t] {"of":"1"}\n\n[Tool t]\nyyy');
    expect(text).toContain("8000 characters left out");
    expect(text).not.toContain("hidden");
    expect(transcriptOf([user("z".repeat(50_000))], 1000).length).toBeLessThan(1100);
  });
});

describe("compacting a session", () => {
  async function openSession(): Promise<Session> {
    const session = new SessionStore({ directory: tmpdir(), cwd: "/x" }).createInMemory();
    for (let turn = 0; turn < 10; turn++) {
      await session.append({ type: "message", message: user(`question ${turn} ${"x".repeat(2000)}`) });
      for (const message of round(`answer ${turn}`, [`c${turn}`], "result")) {
        await session.append({ type: "message", message });
      }
    }
    return session;
  }

  function offline(script: OfflineScript): ReturnType<typeof resolveModel> {
    return resolveModel("offline/scripted", { environment: {}, script });
  }

  test("puts the model's summary before the recent messages, and passes on what the user wants", async () => {
    await using session = await openSession();
    const asked: ScriptRequest[] = [];
    const model = offline((request) => {
      asked.push(request);
      return { text: "the summary", usage: { inputTokens: 10, outputTokens: 2 } };
    });
    const before = session.messages();
    const done = await compactSession(session, { model, instructions: "keep the numbers" });
    expect(done).toMatchObject({ summary: "the summary", usage: { inputTokens: 10, outputTokens: 2, costUsd: 0 } });
    const [summary, ...kept] = session.messages();
    expect(summary).toEqual({ role: "summary", text: "the summary" });
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual(before.slice(-kept.length));
    expect(done?.tokensAfter).toBe(session.contextTokens());
    expect(done?.tokensAfter).toBeLessThan((done?.tokensBefore ?? 0) / 2);
    expect(asked[0]?.prompt).toContain("keep the numbers");
    expect(asked[0]?.prompt).toContain("question 0");
    expect(asked[0]?.prompt).not.toContain("question 9");
    expect(asked[0]?.tools).toEqual([]);
  });

  test("does it again on top of the last summary", async () => {
    await using session = await openSession();
    const prompts: string[] = [];
    const model = offline(({ prompt }) => ({ text: `summary ${prompts.push(prompt)}` }));
    await compactSession(session, { model });
    await session.append({ type: "message", message: user("y".repeat(9000)) });
    await session.append({ type: "message", message: round("z".repeat(9000), [], "")[0] ?? user("") });
    await compactSession(session, { model });
    expect(prompts[1]).toContain("summary 1");
    expect(session.messages()[0]).toEqual({ role: "summary", text: "summary 2" });
  });

  test.each([
    ["fails", [{ error: { status: 400, message: "no" } }], "provider-failed"],
    ["is empty", [{ text: " " }], "provider-failed"],
    ["is refused", [{ text: "I can't", stopReason: "content-filter" as const }], "provider-failed"],
  ])("leaves everything as it was where the summary %s", async (_, script, code) => {
    await using session = await openSession();
    const [entries, messages] = [[...session.entries()], session.messages()];
    await expect(compactSession(session, { model: offline(script), maxRetries: 0 })).rejects.toMatchObject({ code });
    expect(session.entries()).toEqual(entries);
    expect(session.messages()).toEqual(messages);
  });

  test("can be aborted, and leaves everything as it was", async () => {
    await using session = await openSession();
    const before = session.messages();
    const controller = new AbortController();
    const model = offline(() => {
      queueMicrotask(() => controller.abort());
      return { delayMs: 60_000, text: "late" };
    });
    await expect(compactSession(session, { model, signal: controller.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(session.messages()).toEqual(before);
  });

  test("takes a summary that somebody else wrote, and keeps what was said meanwhile", async () => {
    await using session = await openSession();
    const model = offline(() => {
      throw new Error("nobody asks the model");
    });
    const done = compactSession(session, { model, summary: "mine" });
    await done;
    expect(session.messages()[0]).toEqual({ role: "summary", text: "mine" });
    const late = offline(() => {
      void session.append({ type: "message", message: user("meanwhile") });
      return { text: "again" };
    });
    await compactSession(session, { model: late });
    expect(session.messages().at(-1)).toEqual(user("meanwhile"));
  });
});

import type { ScriptStep, UserInterface } from "tau-agent";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "./support/agent-place.ts";

/** Far longer than any test may take: whoever waits for it fails by that. */
const LONG_MS = 60_000;

/** Says that it has begun, and does not end by itself; the second time it lets everything pass. */
const HANG_ONCE = `
  let hung = false;
  let letGo = () => {};
  const hang = (name: string) => {
    if (hung) return undefined;
    hung = true;
    api.log.info("hanging in " + name);
    return new Promise<void>((resolve) => { letGo = resolve; });
  };
  tool("let_go", () => letGo());`;

const NEVER: UserInterface = { confirm: () => new Promise(() => {}) };

interface Row {
  state: string;
  step: ScriptStep;
  setup?: string;
  /** Resolves when it is in that state. */
  reached: (place: AgentPlace) => Promise<unknown>;
}

const CALL: ScriptStep = { text: "Calling.", toolCalls: [{ tool: "work", callId: "a" }] };

function hanging(place: AgentPlace): Promise<void> {
  return new Promise((resolve) => {
    place.agent.host.on("log", ({ text }) => {
      if (text.includes("hanging in")) resolve();
    });
  });
}

function hook(event: string): Row {
  return {
    state: `a hook on ${event} runs`,
    step: event.startsWith("tool") ? CALL : { text: "never said" },
    setup: `tool("work", () => "worked"); api.on("${event}", () => hang("${event}"));`,
    reached: hanging,
  };
}

const ROWS: Row[] = [
  {
    state: "the provider has not begun to answer",
    step: { delayMs: LONG_MS },
    reached: (place) => place.next("turn_start"),
  },
  {
    state: "the answer is streaming",
    // Longer than LONG_MS in all.
    step: { text: "word ".repeat(15_000), pieceDelayMs: 20 },
    reached: (place) => place.next("message_update"),
  },
  {
    state: "it waits to ask the provider again",
    step: { error: { status: 429, retryAfterMs: LONG_MS } },
    reached: (place) => place.next("retry"),
  },
  {
    state: "a tool runs that does not look at its signal",
    step: CALL,
    setup: `tool("work", () => hang("a tool"));`,
    reached: hanging,
  },
  {
    state: "a tool runs that an extension's tool has called",
    step: CALL,
    setup: `tool("work", (_: unknown, ctx: any) => ctx.callTool("inner")); tool("inner", () => hang("a tool"));`,
    reached: hanging,
  },
  {
    state: "a tool waits for the user",
    step: CALL,
    setup: `tool("work", (_: unknown, ctx: any) => ctx.ui.confirm("Really?"));`,
    reached: (place) => place.next("ui_prompt_start"),
  },
  {
    state: "a gate waits for the user",
    step: CALL,
    setup: `tool("work", () => "worked"); api.on("tool_call", () => ({ ask: "Really?" }));`,
    reached: (place) => place.next("ui_prompt_start"),
  },
  {
    state: "a tool waits for the model",
    step: CALL,
    setup: `tool("work", async (_: unknown, ctx: any) => { api.log.info("hanging in generate"); return (await ctx.model.generate("wait")).text; });`,
    reached: hanging,
  },
  ...["input", "before_agent_start", "context", "before_provider_request", "tool_call", "tool_result"].map(hook),
];

describe("an abort while", () => {
  test.each(ROWS)("$state ends the run at once, and the next one works", async ({ step, setup = "", reached }) => {
    await using place = await openAgent({
      script: ({ prompt }) => (prompt === "wait" ? { delayMs: LONG_MS } : prompt === "go" ? step : undefined),
      user: NEVER,
      host: { cancelGraceMs: LONG_MS },
    });
    await place.load("subject", HANG_ONCE + setup);
    const there = reached(place);
    const running = place.agent.prompt("go");
    await there;
    expect(place.agent.state).toBe("running");
    place.agent.abort();
    expect(await running).toMatchObject({ stopReason: "aborted" });
    expect(place.agent.state).toBe("idle");
    for (const { isError } of place.results) expect(isError).toBe(true);
    expect(await place.agent.prompt("say still here")).toMatchObject({ stopReason: "end", text: "still here" });
    await place.ask("let_go");
  });

  test.each([
    ["the model sums up", ""],
    ["a gate thinks about it", `api.on("session_before_compact", () => hang("compact"));`],
  ])("it compacts and %s leaves the conversation as it was", async (_, setup) => {
    let isAsked: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    await using place = await openAgent({
      script: ({ system }) => {
        if (!system.startsWith("You summarise")) return undefined;
        isAsked();
        return { delayMs: LONG_MS };
      },
      host: { cancelGraceMs: LONG_MS },
    });
    await place.load("subject", HANG_ONCE + setup);
    for (const word of ["one", "two", "three"]) await place.agent.prompt(`say ${word}`);
    const before = place.messages;
    const there = setup === "" ? asked : hanging(place);
    const compacting = place.agent.compact();
    const failed = expect(compacting).rejects.toThrow();
    await there;
    expect(place.agent.state).toBe("compacting");
    place.agent.abort();
    await failed;
    expect(place.agent.state).toBe("idle");
    expect(place.messages).toEqual(before);
    await place.ask("let_go");
  });

  test("the user's own command runs ends it", async () => {
    await using place = await openAgent({ host: { cancelGraceMs: LONG_MS } });
    await place.load("subject", `${HANG_ONCE} tool("bash", () => hang("bash"));`);
    const there = hanging(place);
    const running = place.agent.runBash("sleep 1000");
    await there;
    place.agent.abort();
    expect(await running).toMatchObject({ isError: true });
    expect(place.agent.state).toBe("idle");
    await place.ask("let_go");
  });
});

describe("an abort", () => {
  test("by the signal of the prompt is one, too, before it begins and while it runs", async () => {
    await using place = await openAgent({ script: [{ text: "word ".repeat(1000), pieceDelayMs: 20 }] });
    expect(await place.agent.prompt("go", { signal: AbortSignal.abort() })).toMatchObject({ stopReason: "aborted" });
    expect(place.messages).toEqual([]);
    const controller = new AbortController();
    const there = place.next("message_update");
    const running = place.agent.prompt("go", { signal: controller.signal });
    await there;
    controller.abort();
    expect(await running).toMatchObject({ stopReason: "aborted", turns: 1 });
    expect(place.messages.at(-1)).toMatchObject({ role: "assistant", stopReason: "aborted" });
  });

  test("keeps what the model had said, and the calls it had not begun are answered", async () => {
    await using place = await openAgent({
      script: [{ text: "I will.", toolCalls: [{ tool: "work" }, { tool: "work" }, { tool: "work" }] }],
    });
    await place.load("subject", `tool("work", () => "worked"); api.on("tool_call", () => new Promise(() => {}));`);
    const there = place.next("message_end", ({ role }) => role === "assistant");
    const running = place.agent.prompt("go");
    await there;
    place.agent.abort();
    expect(await running).toMatchObject({ stopReason: "aborted", text: "I will." });
    expect(place.results.map(({ text }) => text)).toEqual(Array(3).fill("Aborted by the user before it ran."));
  });

  test("by an extension ends the run that it is asked from", async () => {
    await using place = await openAgent({ script: [{ toolCalls: [{ tool: "stop" }] }, { text: "never said" }] });
    await place.load("subject", `tool("stop", async () => { await api.agent.abort(); return "stopped"; });`);
    expect(await place.agent.prompt("go")).toMatchObject({ stopReason: "aborted", turns: 1 });
  });

  test("takes the user's question away, and asks the next one", async () => {
    const asked: string[] = [];
    let isTakenAway = false;
    await using place = await openAgent({
      script: [
        { toolCalls: [{ tool: "work" }, { tool: "work" }] },
        { toolCalls: [{ tool: "work" }] },
        { text: "Done." },
      ],
      user: {
        confirm: ({ title }, { signal }) => {
          asked.push(title);
          if (asked.length > 1) return Promise.resolve(true);
          return new Promise(() => signal.addEventListener("abort", () => (isTakenAway = true)));
        },
      },
    });
    await place.load(
      "subject",
      `let n = 0; tool("work", (_: unknown, ctx: any) => ctx.ui.confirm("Question " + ++n));`,
    );
    const there = place.next("ui_prompt_start");
    const running = place.agent.prompt("go");
    await there;
    place.agent.abort();
    await running;
    expect(isTakenAway).toBe(true);
    expect(place.told("ui_prompt_end")).toMatchObject([{ dismissed: true }]);
    expect(await place.agent.prompt("again")).toMatchObject({ text: "Done." });
    expect(asked, "the second question of the aborted run was never shown").toEqual(["Question 1", "Question 3"]);
    expect(place.results.at(-1)?.text).toBe("true");
  });

  test("while nothing is done does nothing", async () => {
    await using place = await openAgent({ script: [{ text: "Hello." }] });
    place.agent.abort();
    expect(await place.agent.prompt("go")).toMatchObject({ stopReason: "end" });
  });
});

test("closing ends a run, and every call in it is answered", async () => {
  const place = await openAgent({ script: [CALL] });
  await place.load("subject", `${HANG_ONCE} tool("work", () => hang("a tool"));`);
  const there = hanging(place);
  const running = place.agent.prompt("go");
  await there;
  await place[Symbol.asyncDispose]();
  expect(await running).toMatchObject({ stopReason: "aborted" });
  expect(place.results).toHaveLength(1);
  await expect(place.agent.prompt("more")).rejects.toThrow("The agent is closed.");
});

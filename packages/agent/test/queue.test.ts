import { type AgentMessage, textOf } from "tau-agent";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "./support/agent-place.ts";

/** `slow` waits for `release`. */
const SLOW = `
  let release = () => {};
  const released = new Promise<void>((resolve) => { release = resolve; });
  tool("slow", async (_: unknown, { progress }: any) => { progress("waiting"); await released; return "slow result"; });
  tool("quick", () => "quick result");
  tool("release", () => release());`;

/** Who said what. */
function said(messages: readonly AgentMessage[]): string[] {
  return messages.map((message) => {
    return `${message.role}: ${message.role === "summary" ? message.text : textOf(message.content)}`;
  });
}

/** Starts a run and resolves when it waits for `slow`. */
async function startSlow(place: AgentPlace): Promise<{ running: ReturnType<AgentPlace["agent"]["prompt"]> }> {
  await place.load("worker", SLOW);
  const there = place.next("tool_execution_update");
  const running = place.agent.prompt("go");
  await there;
  return { running };
}

const STEP = { toolCalls: [{ tool: "slow" }] };

describe("while the agent runs", () => {
  test("steering is said before the model's next call, a follow-up when the agent would be done", async () => {
    await using place = await openAgent({
      script: [STEP, { toolCalls: [{ tool: "quick" }] }, { text: "First." }, { text: "Second." }],
    });
    const { running } = await startSlow(place);
    place.agent.followUp("and then?");
    place.agent.steer("mind the gap");
    expect(place.agent.queued).toBe(2);
    await place.ask("release");
    expect(await running).toMatchObject({ stopReason: "end", text: "Second.", turns: 4 });
    expect(place.agent.queued).toBe(0);
    expect(said(place.messages)).toEqual([
      "user: go",
      "assistant: ",
      "tool: slow result",
      "user: mind the gap",
      "assistant: ",
      "tool: quick result",
      "assistant: First.",
      "user: and then?",
      "assistant: Second.",
    ]);
  });

  test("what is said passes the input hooks, as a prompt does", async () => {
    await using place = await openAgent({ script: [STEP, { text: "Done." }] });
    await place.load(
      "gate",
      `api.on("input", ({ text, source }: any) => text === "bad" ? { block: "mind your words" } : { modify: { text: text + " (" + source + ")" } });`,
    );
    const { running } = await startSlow(place);
    place.agent.steer("bad");
    place.agent.steer("good");
    await place.ask("release");
    await running;
    expect(said(place.messages).filter((line) => line.startsWith("user"))).toEqual([
      "user: go (user)",
      "user: good (user)",
    ]);
    expect(place.told("problem")).toEqual([{ message: "Blocked by gate: mind your words", code: "denied" }]);
  });

  test("a second prompt is refused, with what to do instead", async () => {
    await using place = await openAgent({ script: [STEP, { text: "Done." }] });
    const { running } = await startSlow(place);
    await expect(place.agent.prompt("more")).rejects.toThrow("say it with steer or followUp");
    await expect(place.agent.compact()).rejects.toThrow("The agent is working");
    await expect(place.agent.switchSession({ kind: "new" })).rejects.toThrow("The agent is working");
    await place.ask("release");
    expect(await running).toMatchObject({ stopReason: "end" });
  });

  test("an abort gives up what was said before it, and nothing that is said after", async () => {
    await using place = await openAgent({ script: [STEP, { text: "After." }] });
    const { running } = await startSlow(place);
    place.agent.steer("too late");
    place.agent.abort();
    const ended = place.next("agent_end", ({ stopReason }) => stopReason === "end");
    place.agent.steer("something else");
    expect(await running).toMatchObject({ stopReason: "aborted" });
    await ended;
    expect(said(place.messages).slice(-2)).toEqual(["user: something else", "assistant: After."]);
    expect(said(place.messages)).not.toContain("user: too late");
    await place.ask("release");
  });
});

describe("what comes too late for a run", () => {
  test("begins the next one, even when it is said at the last event", async () => {
    await using place = await openAgent({ script: [{ text: "One." }, { text: "Two." }] });
    let isTold = false;
    place.agent.on(({ name }) => {
      if (name === "agent_end" && !isTold) {
        isTold = true;
        place.agent.followUp("more");
      }
    });
    const second = place.next("agent_end", () => place.told("agent_end").length === 2);
    await place.agent.prompt("go");
    await second;
    await place.agent.whenIdle();
    expect(said(place.messages)).toEqual(["user: go", "assistant: One.", "user: more", "assistant: Two."]);
  });

  test("begins one when the last ended with an error", async () => {
    await using place = await openAgent({ script: [STEP, { error: { status: 401 } }, { text: "Better." }] });
    const { running } = await startSlow(place);
    place.agent.followUp("try again");
    const second = place.next("agent_end", ({ stopReason }) => stopReason === "end");
    await place.ask("release");
    expect(await running).toMatchObject({ stopReason: "error", error: { code: "provider-failed" } });
    await second;
    expect(said(place.messages).slice(-2)).toEqual(["user: try again", "assistant: Better."]);
  });

  test("begins one after a summary", async () => {
    await using place = await openAgent({
      script: ({ system }) => (system.startsWith("You summarise") ? { text: "It went well.", delayMs: 50 } : undefined),
    });
    for (const word of ["one", "two", "three"]) await place.agent.prompt(`say ${word}`);
    const ended = place.next("agent_end");
    const compacting = place.agent.compact();
    place.agent.steer("say four");
    await compacting;
    await ended;
    expect(said(place.messages)[0]).toBe("summary: It went well.");
    expect(said(place.messages).slice(-2)).toEqual(["user: say four", "assistant: four"]);
  });
});

describe("while nothing is done", () => {
  test("steering and a follow-up each begin a run", async () => {
    await using place = await openAgent();
    for (const say of [(text: string) => place.agent.steer(text), (text: string) => place.agent.followUp(text)]) {
      const ended = place.next("agent_end");
      say("say hello");
      await ended;
      await place.agent.whenIdle();
    }
    expect(said(place.messages)).toEqual([
      "user: say hello",
      "assistant: hello",
      "user: say hello",
      "assistant: hello",
    ]);
  });
});

describe("an extension's messages", () => {
  const SPEAKER = `
    tool("speak", async ({ deliver, text, user = false, visibleToModel = true }: any) => {
      if (user) await api.sendUserMessage(text, { deliver });
      else await api.sendMessage("note", text, { deliver, visibleToModel, details: { n: 1 } });
      return "spoken";
    });`;

  test("wait for the next step, or for the end, and do not make the model speak again", async () => {
    await using place = await openAgent({ script: [STEP, { text: "Done." }] });
    await place.load("speaker", SPEAKER);
    const { running } = await startSlow(place);
    await place.ask("speak", { text: "at the end" });
    await place.ask("speak", { text: "now", deliver: "steer" });
    await place.ask("release");
    expect(await running).toMatchObject({ stopReason: "end", turns: 2 });
    expect(said(place.messages)).toEqual([
      "user: go",
      "assistant: ",
      "tool: slow result",
      "extension: now",
      "assistant: Done.",
      "extension: at the end",
    ]);
  });

  test("are kept at once while nothing is done, and say who said them", async () => {
    await using place = await openAgent();
    await place.load("speaker", SPEAKER);
    await place.ask("speak", { text: "hello", visibleToModel: false });
    expect(place.messages).toEqual([
      {
        role: "extension",
        extensionId: "speaker",
        kind: "note",
        content: [{ type: "text", text: "hello" }],
        visibleToModel: false,
        details: { n: 1 },
      },
    ]);
    expect(place.told("message_added")).toHaveLength(1);
    expect(place.told("agent_start")).toEqual([]);
  });

  test("in the user's name begin a run, or steer the one there is", async () => {
    await using place = await openAgent({
      script: [{ text: "Hello." }, STEP, { text: "Steered." }, { text: "Followed." }],
    });
    await place.load("speaker", SPEAKER);
    const ended = place.next("agent_end");
    await place.ask("speak", { text: "hi", user: true });
    await ended;
    await place.agent.whenIdle();
    const { running } = await startSlow(place);
    await place.ask("speak", { text: "later", user: true });
    await place.ask("speak", { text: "now", user: true, deliver: "steer" });
    await place.ask("release");
    await running;
    expect(said(place.messages)).toEqual([
      "user: hi",
      "assistant: Hello.",
      "user: go",
      "assistant: ",
      "tool: slow result",
      "user: now",
      "assistant: Steered.",
      "user: later",
      "assistant: Followed.",
    ]);
  });
});

test("a run ends at the limit of turns, with every call answered, and the next one has as many again", async () => {
  await using place = await openAgent({ maxTurns: 2, script: () => ({ toolCalls: [{ tool: "quick" }] }) });
  await place.load("worker", SLOW);
  expect(await place.agent.prompt("go")).toMatchObject({ stopReason: "max-turns", turns: 2 });
  expect(place.told("agent_end")).toEqual([{ stopReason: "max-turns", turns: 2 }]);
  expect(place.results).toHaveLength(2);
  expect(await place.agent.prompt("go on")).toMatchObject({ stopReason: "max-turns", turns: 2 });
});

import type { OfflineScript } from "tau-agent";
import { EVENTS } from "tau-protocol";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "./support/agent-place.ts";
import { heardBy, recorder, story } from "./support/recorder.ts";

/** Tools that wait for each other, fail and crash. `release` lets `slow` answer. */
const WORKER = `
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => { release = resolve; });
  tool("slow", async (_: unknown, ctx: any) => { ctx.progress("waiting"); await released; return "slow result"; });
  tool("quick", () => "quick result");
  tool("add", ({ a, b }: any) => a + b, { parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] } });
  tool("fail", () => { throw new Error("no such thing"); });
  tool("crash", () => process.exit(7));
  tool("release", () => { release(); return "released"; });`;

/** The events of an answer that is one piece of text. */
function answer(turn: number, context: string, text: string): string[] {
  return [
    `turn_start ${turn}`,
    `context ${context}`,
    "before_provider_request offline/scripted",
    "after_provider_response 200",
    "message_start assistant",
    ...(text === "" ? [] : [`message_update ${JSON.stringify(text)}`]),
    `message_end assistant ${JSON.stringify(text)}`,
  ];
}

function begin(prompt: string): string[] {
  return [
    `input ${prompt} user`,
    "message_start user",
    `message_end user ${JSON.stringify(prompt)}`,
    `before_agent_start ${prompt}`,
    `agent_start ${prompt}`,
  ];
}

function said(text: string): string[] {
  return ["message_start tool", `message_end tool ${JSON.stringify(text)}`];
}

/** Two tools side by side, until the quick one is done. */
const quickWhileSlowRuns = [
  "tool_call a slow model",
  "tool_call b quick model",
  "tool_execution_start a slow",
  "tool_execution_start b quick",
  "tool_execution_update a slow",
  "tool_execution_end b done",
  'tool_result b "quick result"',
];

const toSlow = (callId: string): { tool: string; callId: string } => ({ tool: "slow", callId });

interface Row {
  name: string;
  script: OfflineScript;
  /** Extensions beside `worker` and the recorders. */
  others?: Record<string, string>;
  /** Done while the prompt is worked on. */
  meanwhile?: (place: AgentPlace) => Promise<void>;
  /** An event that is left out of the comparison. */
  ignored?: string;
  stopReason: string;
  expected: string[];
}

const ROWS: Row[] = [
  {
    name: "an answer without tools",
    script: [{ text: "Hello." }],
    stopReason: "end",
    expected: [...begin("go"), ...answer(1, "user", "Hello."), "turn_end 1 0 stop", "agent_end end 1"],
  },
  {
    name: "tools side by side: results in the order of the calls, whichever is done first",
    script: [{ text: "Let me look.", toolCalls: [toSlow("a"), { tool: "quick", callId: "b" }] }, { text: "Done." }],
    meanwhile: async (place) => {
      await place.next("tool_execution_end", ({ callId }) => callId === "b");
      await place.ask("release");
    },
    stopReason: "end",
    expected: [
      ...begin("go"),
      ...answer(1, "user", "Let me look."),
      ...quickWhileSlowRuns,
      "tool_execution_end a done",
      'tool_result a "slow result"',
      ...said("slow result"),
      ...said("quick result"),
      "turn_end 1 2 tool-calls",
      ...answer(2, "user,assistant,tool,tool", "Done."),
      "turn_end 2 0 stop",
      "agent_end end 2",
    ],
  },
  {
    name: "a tool that is unknown, arguments that do not fit, and arguments that are none: no gate is asked, nothing runs",
    script: [
      {
        toolCalls: [
          { tool: "quik", callId: "a" },
          { tool: "add", callId: "b", input: { a: 1 } },
          { tool: "add", callId: "c", input: "[1]" },
        ],
      },
      { text: "Sorry." },
    ],
    stopReason: "end",
    expected: [
      ...begin("go"),
      ...answer(1, "user", ""),
      ...said("There is no tool quik. Did you mean quick?"),
      ...said("The arguments of tool `add` do not fit its schema:\n- arguments.b: expected a value, got none"),
      ...said("Expected the arguments of `add` to be a JSON object, got [1]. Call it again with valid JSON."),
      "turn_end 1 3 tool-calls",
      ...answer(2, "user,assistant,tool,tool,tool", "Sorry."),
      "turn_end 2 0 stop",
      "agent_end end 2",
    ],
  },
  {
    name: "a call that a gate blocks, one that a hook changes, and one that it breaks",
    script: [
      {
        toolCalls: [
          { tool: "quick", callId: "a" },
          { tool: "add", callId: "b", input: { a: 1, b: 2 } },
          { tool: "add", callId: "c", input: { a: 2, b: 2 } },
        ],
      },
      { text: "Done." },
    ],
    others: {
      a_gate: `api.on("tool_call", ({ tool, input }: any) => {
        if (tool === "quick") return { block: "too quick" };
        return input.a === 1 ? { modify: { input: { a: 40, b: 2 } } } : { modify: { input: { a: "x" } } };
      });`,
    },
    // Which of the gates is asked how often is the host's to decide.
    ignored: "tool_call",
    stopReason: "end",
    expected: [
      ...begin("go"),
      ...answer(1, "user", ""),
      "tool_execution_start b add",
      "tool_execution_end b done",
      'tool_result b "42"',
      ...said("Blocked by a_gate: too quick"),
      ...said("42"),
      ...said(
        'The arguments of tool `add` do not fit its schema:\n- arguments.b: expected a value, got none\n- arguments.a: expected number, got string "x"',
      ),
      "turn_end 1 3 tool-calls",
      ...answer(2, "user,assistant,tool,tool,tool", "Done."),
      "turn_end 2 0 stop",
      "agent_end end 2",
    ],
  },
  {
    name: "a tool that throws, and a result that is changed on its way to the model",
    script: [{ toolCalls: [{ tool: "fail", callId: "a" }] }, { text: "Done." }],
    others: {
      // Behind the recorder by its id: that hears what the tool said.
      z_editor: `api.on("tool_result", () => ({ modify: { content: [{ type: "text", text: "edited" }], isError: false } }));`,
    },
    stopReason: "end",
    expected: [
      ...begin("go"),
      ...answer(1, "user", ""),
      "tool_call a fail model",
      "tool_execution_start a fail",
      "tool_execution_end a failed",
      'tool_result a "no such thing"',
      ...said("edited"),
      "turn_end 1 1 tool-calls",
      ...answer(2, "user,assistant,tool", "Done."),
      "turn_end 2 0 stop",
      "agent_end end 2",
    ],
  },
  {
    name: "an abort while a tool runs",
    script: [{ text: "Wait.", toolCalls: [toSlow("a"), { tool: "quick", callId: "b" }] }],
    meanwhile: async (place) => {
      await place.next("tool_execution_end", ({ callId }) => callId === "b");
      // A round trip, and one more: the hooks on its result have answered by then.
      for (const id of ["all", "turns", "all", "turns"]) await heardBy(place, id);
      place.agent.abort();
    },
    stopReason: "aborted",
    expected: [
      ...begin("go"),
      ...answer(1, "user", "Wait."),
      ...quickWhileSlowRuns,
      "tool_execution_end a failed",
      ...said("Aborted by the user while it ran."),
      ...said("quick result"),
      "turn_end 1 2 aborted",
      "agent_end aborted 1",
    ],
  },
  {
    name: "an error of the provider",
    script: [{ error: { status: 401, message: "bad key" } }],
    stopReason: "error",
    expected: [
      ...begin("go"),
      "turn_start 1",
      "context user",
      "before_provider_request offline/scripted",
      "after_provider_response 401",
      "message_start assistant",
      'message_end assistant ""',
      "turn_end 1 0 error",
      "agent_end error 1",
    ],
  },
  {
    name: "an answer that breaks off",
    script: [{ text: "Half an ans", cut: true }],
    stopReason: "error",
    expected: [...begin("go"), ...answer(1, "user", "Half an ans"), "turn_end 1 0 error", "agent_end error 1"],
  },
  {
    name: "an input that an extension blocks",
    script: [],
    others: { z_gate: `api.on("input", () => ({ block: "not now" }));` },
    stopReason: "blocked",
    expected: ["input go user"],
  },
  {
    name: "an input, a system prompt and a context that extensions change",
    script: ({ prompt, system }) => ({ text: `${prompt} / ${system}` }),
    others: {
      z_changer: `
        api.on("input", ({ text }: any) => ({ modify: { text: text + "!" } }));
        api.on("before_agent_start", () => ({ modify: { systemPrompt: "Be brief." } }));
        api.on("context", ({ messages }: any) => ({ modify: { messages: [{ role: "user", content: [{ type: "text", text: "other words" }] }] } }));`,
    },
    stopReason: "end",
    expected: [
      "input go user",
      "message_start user",
      'message_end user "go!"',
      "before_agent_start go!",
      "agent_start go!",
      ...answer(1, "user", "other words / Be brief."),
      "turn_end 1 0 stop",
      "agent_end end 1",
    ],
  },
];

describe("a conversation's events", () => {
  test.each(ROWS)("of $name", async ({ script, others = {}, meanwhile, ignored, stopReason, expected }) => {
    await using place = await openAgent({ script });
    await place.load("worker", WORKER);
    await place.load("all", recorder("all"));
    await place.load("turns", recorder("turns", ["turn_start", "turn_end", "tool_result"]));
    for (const [id, setup] of Object.entries(others)) await place.load(id, setup);
    place.agent.start();
    const running = place.agent.prompt("go");
    await meanwhile?.(place);
    expect((await running).stopReason).toBe(stopReason);

    const left = new Set(["extension_state", ignored]);
    const heard = story((await heardBy(place, "all")).filter(([name]) => !left.has(name)));
    expect(heard).toEqual(["session_start new", ...expected]);
    const names = ["turn_start", "turn_end", "tool_result"];
    const some = heard.filter((line) => names.includes(line.slice(0, line.indexOf(" "))));
    expect(story(await heardBy(place, "turns")), "what it subscribed to, and nothing else").toEqual(some);
    // A front end hears what is only told, in the same order.
    const told = place.events.map(({ name, payload }): [string, Record<string, unknown>] => [name, payload as never]);
    const observed = heard.filter((line) => EVENTS[line.split(" ")[0] as keyof typeof EVENTS].kind === "observe");
    expect(story(told.filter(([name]) => Object.hasOwn(EVENTS, name)))).toEqual(observed);
  });

  test("name no event that the catalogue does not have, and leave none of it out", async () => {
    const covered = new Set(ROWS.flatMap(({ expected }) => expected.map((line) => line.split(" ")[0])));
    const elsewhere = [
      "session_start",
      "session_shutdown",
      "session_before_compact",
      "session_compact",
      "model_select",
      "user_bash",
      "ui_prompt_start",
      "ui_prompt_end",
      "extension_state",
    ];
    expect(new Set([...covered, ...elsewhere])).toEqual(new Set(Object.keys(EVENTS)));
  });
});

describe("a conversation's events go on", () => {
  const SCRIPT = [{ toolCalls: [toSlow("a")] }, { text: "Done." }];

  /** A recorder whose versions write to one file, each line with its generation. */
  function writer(path: string): string {
    return `for (const event of ["agent_start", "turn_start", "message_start", "tool_call", "tool_execution_start", "tool_execution_update", "tool_execution_end", "tool_result", "turn_end", "agent_end"])
      api.on(event, () => appendFileSync(${JSON.stringify(path)}, api.generation + " " + event + "\\n"));
    tool("written", () => readFileSync(${JSON.stringify(path)}, "utf8"));
    tool("exit", () => process.exit(3));`;
  }

  const BEFORE = [
    ..."message_start agent_start turn_start message_start tool_call".split(" "),
    ..."tool_execution_start tool_execution_update".split(" "),
  ];
  const AFTER =
    "tool_execution_end tool_result message_start turn_end turn_start message_start turn_end agent_end".split(" ");

  async function written(place: AgentPlace): Promise<string[]> {
    return (await place.ask("written")).trimEnd().split("\n");
  }

  test("over a reload of who hears them: each once, none lost, the old version's before the new one's", async () => {
    await using place = await openAgent({ script: SCRIPT });
    await place.load("worker", WORKER);
    await place.load("writer", writer(`${place.directory}/events`));
    const running = place.agent.prompt("go");
    await place.next("tool_execution_update");
    await place.agent.host.reload("writer");
    await place.ask("release");
    expect((await running).stopReason).toBe("end");
    expect(await written(place)).toEqual([...BEFORE.map((name) => `1 ${name}`), ...AFTER.map((name) => `2 ${name}`)]);
  });

  test("over a reload of who runs a tool: the call ends in the version it began in", async () => {
    await using place = await openAgent({ script: SCRIPT });
    await place.load("worker", `${WORKER} api.onReload(() => { release(); return null; });`);
    await place.load("all", recorder("all"));
    const running = place.agent.prompt("go");
    await place.next("tool_execution_update");
    await place.agent.host.reload("worker");
    expect((await running).stopReason).toBe("end");
    expect(place.results).toEqual([{ callId: "a", tool: "slow", text: "slow result", isError: false }]);
    const states = story(await heardBy(place, "all")).filter((line) => line.startsWith("extension_state worker"));
    expect(states.at(-1)).toMatch(/ ready 2$/);
  });

  test("over a crash of who hears them, which is told of when it is back", async () => {
    await using place = await openAgent({ script: SCRIPT });
    await place.load("worker", WORKER);
    await place.load("writer", writer(`${place.directory}/events`));
    const running = place.agent.prompt("go");
    await place.next("tool_execution_update");
    await place.ask("exit").catch(() => undefined);
    await place.ask("release");
    expect((await running).stopReason).toBe("end");
    const generations = (await written(place)).map((line) => line.split(" ")[0]);
    expect((await written(place)).map((line) => line.split(" ")[1])).toEqual([...BEFORE, ...AFTER]);
    expect(new Set(generations).size, "versions").toBe(2);
  });

  test("over a crash of who runs a tool, which the model is told of", async () => {
    await using place = await openAgent({ script: [{ toolCalls: [{ tool: "crash", callId: "a" }] }, { text: "Oh." }] });
    await place.load("worker", WORKER);
    await place.load("all", recorder("all"));
    expect(await place.agent.prompt("go")).toMatchObject({ stopReason: "end", text: "Oh." });
    expect(place.results).toMatchObject([{ callId: "a", tool: "crash", isError: true }]);
    expect(place.results[0]?.text).toContain("exit");
    const heard = story(await heardBy(place, "all"));
    const told = heard.filter((line) => !line.startsWith("extension_state"));
    expect(told).toEqual([
      ...begin("go"),
      ...answer(1, "user", ""),
      "tool_call a crash model",
      "tool_execution_start a crash",
      "tool_execution_end a failed",
      `tool_result a ${JSON.stringify(place.results[0]?.text)}`,
      ...said(place.results[0]?.text ?? ""),
      "turn_end 1 1 tool-calls",
      ...answer(2, "user,assistant,tool", "Oh."),
      "turn_end 2 0 stop",
      "agent_end end 2",
    ]);
    expect(heard.some((line) => line.startsWith("extension_state worker"))).toBe(true);
  });
});

import type { UserInterface } from "tau-agent";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "./support/agent-place.ts";

/** `run` evaluates its code with `api` and `ctx`, and answers the outcome as JSON. Errors are their code and text. */
const ASKER = `
  const Async = Object.getPrototypeOf(async () => {}).constructor;
  tool("run", async ({ code }: any, ctx: any) => {
    try { return JSON.stringify({ value: await new Async("api", "ctx", code)(api, ctx) }); }
    catch (error: any) { return JSON.stringify({ code: error.code, message: error.message }); }
  }, { parameters: { type: "object", properties: { code: { type: "string" } } } });`;

interface Outcome {
  value?: unknown;
  code?: string;
  message?: string;
}

async function run(place: AgentPlace, code: string): Promise<Outcome> {
  return JSON.parse(await place.ask("run", { code })) as Outcome;
}

async function openAsker(options: Parameters<typeof openAgent>[0] = {}): Promise<AgentPlace> {
  const place = await openAgent(options);
  await place.load("asker", ASKER);
  return place;
}

describe("the user", () => {
  const PROMPTS: [code: string, method: keyof UserInterface, answer: unknown, params: object][] = [
    [`ctx.ui.confirm("Sure?", { message: "Really" })`, "confirm", false, { title: "Sure?", message: "Really" }],
    [
      `ctx.ui.select("Which?", ["a", { value: "b", label: "B" }])`,
      "select",
      "b",
      { title: "Which?", options: [{ value: "a" }, { value: "b", label: "B" }] },
    ],
    [`ctx.ui.input("Name?", { secret: true })`, "input", "Ada", { title: "Name?", secret: true }],
    [`ctx.ui.editor("Text?", { initial: "x" })`, "editor", "y", { title: "Text?", initial: "x" }],
  ];

  test.each(PROMPTS)("answers %s", async (code, method, answer, params) => {
    const asked: unknown[] = [];
    const user = {
      [method]: (given: { meta?: unknown }, { extensionId }: { extensionId?: string }) => {
        const { meta: _, ...rest } = given;
        asked.push(rest, extensionId);
        return Promise.resolve(answer);
      },
    } as UserInterface;
    await using place = await openAsker({ user });
    expect(await run(place, `return ${code}`)).toEqual({ value: answer });
    expect(asked).toEqual([params, "asker"]);
    const [start] = place.told("ui_prompt_start");
    expect(start).toMatchObject({ kind: method, extension: "asker" });
    expect(place.told("ui_prompt_end")).toEqual([{ promptId: start?.["promptId"], dismissed: false }]);
  });

  test.each(PROMPTS)("may dismiss %s, which is no answer", async (code, method) => {
    await using place = await openAsker({ user: { [method]: () => Promise.resolve(undefined) } });
    expect(await run(place, `return (await ${code}) === undefined`)).toEqual({ value: true });
    expect(place.told("ui_prompt_end")).toMatchObject([{ dismissed: true }]);
  });

  test.each(PROMPTS)("may not be there, and %s says so", async (code) => {
    await using place = await openAsker();
    expect(await run(place, `return ${code}`)).toMatchObject({ code: "unavailable" });
    expect(place.told("ui_prompt_start")).toEqual([]);
  });

  test("is asked one thing at a time, in order", async () => {
    let open = 0;
    let most = 0;
    const asked: string[] = [];
    const confirm: UserInterface["confirm"] = async ({ title }) => {
      most = Math.max(most, ++open);
      asked.push(title);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return true;
    };
    await using place = await openAsker({ user: { confirm } });
    const code = `return Promise.all(["a", "b", "c"].map((title) => ctx.ui.confirm(title)))`;
    expect(await run(place, code)).toEqual({ value: [true, true, true] });
    expect({ most, asked }).toEqual({ most: 1, asked: ["a", "b", "c"] });
  });

  test("is not asked what was taken back before its turn, nor held up by a screen that fails", async () => {
    const asked: string[] = [];
    const confirm: UserInterface["confirm"] = ({ title }, { signal }) => {
      asked.push(title);
      if (title === "fails") return Promise.reject(new Error("no screen"));
      return title === "last" ? Promise.resolve(true) : new Promise(() => signal.addEventListener("abort", () => {}));
    };
    await using place = await openAsker({ user: { confirm } });
    const code = `
      const first = new AbortController();
      const outcomes = [ctx.ui.confirm("first", { signal: first.signal }), ctx.ui.confirm("second", { signal: AbortSignal.timeout(20) }),
        ctx.ui.confirm("fails"), ctx.ui.confirm("last")].map((asked) => asked.catch((error) => error.code));
      await outcomes[1];
      first.abort();
      return Promise.all(outcomes);`;
    expect(await run(place, code)).toEqual({ value: ["cancelled", "cancelled", "internal-error", true] });
    expect(asked).toEqual(["first", "fails", "last"]);
  });

  test("is shown what extensions show, and told whose it is", async () => {
    const shown: unknown[] = [];
    const show =
      (name: string) =>
      (params: object, extensionId: string): void =>
        void shown.push([name, params, extensionId]);
    const user = {
      notify: show("notify"),
      setStatus: show("status"),
      setWidget: show("widget"),
      setTitle: show("title"),
    };
    await using place = await openAsker({ user });
    await run(
      place,
      `ctx.ui.notify("hi", "warn"); ctx.ui.setStatus("k", "s"); ctx.ui.setWidget("w", ["l"]); ctx.ui.setTitle("t");`,
    );
    expect(shown).toEqual([
      ["notify", { message: "hi", level: "warn" }, "asker"],
      ["status", { key: "k", text: "s" }, "asker"],
      ["widget", { key: "w", lines: ["l"] }, "asker"],
      ["title", { text: "t" }, "asker"],
    ]);
  });

  test.each([
    ["yes", true, "worked"],
    ["no", false, "Blocked by gate: The user said no: Really?"],
    ["nothing", undefined, "Blocked by gate: The user said no: Really?"],
  ])("decides what a gate asks, by %s", async (_, answer, text) => {
    await using place = await openAgent({
      script: [{ toolCalls: [{ tool: "work" }] }],
      user: { confirm: () => Promise.resolve(answer) },
    });
    await place.load("gate", `tool("work", () => "worked"); api.on("tool_call", () => ({ ask: "Really?" }));`);
    await place.agent.prompt("go");
    expect(place.results[0]?.text).toBe(text);
    expect(place.told("ui_prompt_start")).toMatchObject([{ title: "Really?", extension: "gate" }]);
  });

  test("is not there to be asked by a gate: it blocks", async () => {
    await using place = await openAgent({ script: [{ toolCalls: [{ tool: "work" }] }] });
    await place.load("gate", `tool("work", () => "worked"); api.on("tool_call", () => ({ ask: "Really?" }));`);
    await place.agent.prompt("go");
    expect(place.results[0]?.text).toBe("Blocked by gate: Really? (there is no user to ask)");
  });
});

describe("the model", () => {
  test("answers an extension, beside the conversation", async () => {
    await using place = await openAsker({ script: ({ prompt, system }) => ({ text: `${system}: ${prompt}` }) });
    const code = `return (await ctx.model.generate({ system: "Judge", messages: [{ role: "user", content: [{ type: "text", text: "this" }] }] })).text`;
    expect(await run(place, code)).toEqual({ value: "Judge: this" });
    expect(await run(place, `return (await ctx.model.generate("plain")).text`)).toEqual({ value: ": plain" });
    expect(place.messages).toEqual([]);
  });

  test("can be another one, if there is one of that name", async () => {
    await using place = await openAsker();
    const code = `return ctx.model.generate({ model: "nobody/knows", messages: [] })`;
    expect(await run(place, code)).toMatchObject({ message: expect.stringContaining("nobody/knows") as string });
  });

  test("has a budget for each extension, counted anew in each session", async () => {
    const usage = { inputTokens: 60, outputTokens: 0 };
    await using place = await openAsker({ modelBudgetTokens: 100, script: () => ({ text: "ok", usage }) });
    await place.load("other", ASKER.replace(`"run"`, `"run_other"`));
    const code = `return (await ctx.model.generate("x")).text`;
    expect(await run(place, code)).toEqual({ value: "ok" });
    expect(await run(place, code)).toEqual({ value: "ok" });
    const refused = await run(place, code);
    expect(refused).toMatchObject({ code: "denied" });
    expect(refused.message).toContain("has used 120 tokens of the model in this session, of 100");
    expect(JSON.parse(await place.ask("run_other", { code }))).toEqual({ value: "ok" });
    await place.agent.switchSession({ kind: "memory" });
    expect(await run(place, code)).toEqual({ value: "ok" });
  });
});

describe("a tool that an extension calls", () => {
  test("passes the same gates as the model's, under the extension's name", async () => {
    await using place = await openAsker();
    await place.load(
      "worker",
      `tool("work", ({ text }: any, { progress }: any) => { progress("half"); return text + " done"; });`,
    );
    await place.load(
      "gate",
      `api.on("tool_call", ({ caller, tool, input }: any) =>
         caller === "asker" && tool === "work" ? (input.text === "bad" ? { block: "no" } : { modify: { input: { text: input.text + "!" } } }) : undefined);
       api.on("tool_result", ({ content }: any) => ({ modify: { content: [...content, { type: "text", text: "." }] } }));`,
    );
    const code = (text: string): string => `
      const partial = [];
      const { content } = await ctx.callTool("work", { text: "${text}" }, { onProgress: (value) => partial.push(value.content[0].text) });
      return [content.map(({ text }) => text).join(""), partial]`;
    expect(await run(place, code("x"))).toEqual({ value: ["x! done.", ["half"]] });
    expect(await run(place, code("bad"))).toEqual({ code: "denied", message: "Blocked by gate: no" });
    expect(place.told("tool_execution_start")).toMatchObject([{ tool: "work", input: { text: "x!" } }]);
    expect(place.messages, "no part of the conversation").toEqual([]);
  });

  test("fails with the reason", async () => {
    await using place = await openAsker();
    await place.load(
      "worker",
      `tool("fail", () => { throw new Error("no such thing"); });
       tool("add", () => 1, { parameters: { type: "object", required: ["a"] } });`,
    );
    expect(await run(place, `return ctx.callTool("fial")`)).toMatchObject({ code: "unknown-tool" });
    expect(await run(place, `return ctx.callTool("add")`)).toMatchObject({ code: "invalid-arguments" });
    expect(await run(place, `return ctx.callTool("fail")`)).toMatchObject({ code: "tool-failed" });
  });

  test("ends when the call that it is made for is given up", async () => {
    await using place = await openAsker();
    await place.load(
      "worker",
      `tool("slow", (_: unknown, { signal, progress }: any) => new Promise((resolve) => {
      progress("there"); signal.addEventListener("abort", () => { api.log.info("given up"); resolve("late"); }); }));`,
    );
    const controller = new AbortController();
    const there = place.next("tool_execution_update");
    const givenUp = new Promise<void>((resolve) => {
      place.agent.host.on("log", ({ text }) => {
        if (text.includes("given up")) resolve();
      });
    });
    const call = place.agent.host.call("run", { code: `return ctx.callTool("slow")` }, { signal: controller.signal });
    const failed = expect(call).rejects.toMatchObject({ code: "cancelled" });
    await there;
    controller.abort();
    await failed;
    await givenUp;
  });

  test.each([
    [
      "tools call each other",
      `tool("loop", (_: unknown, ctx: any) => ctx.callTool("loop").then(({ content }: any) => content[0].text));`,
    ],
    [
      "a gate calls a tool that it is asked about",
      `tool("loop", () => "never"); api.on("tool_call", async (_: unknown, ctx: any) => { await ctx.callTool("loop"); });`,
    ],
  ])("is refused where %s without an end", async (_, setup) => {
    await using place = await openAsker();
    await place.load("looper", setup);
    const { message } = await run(place, `return ctx.callTool("loop")`);
    expect(message).toContain("8 levels deep");
  });

  test("is refused where too many run: an extension that does not say what it calls for ends, too", async () => {
    await using place = await openAsker();
    await place.load("looper", `tool("loop", () => api.callTool("loop").then(({ content }: any) => content[0].text));`);
    const { message } = await run(place, `return ctx.callTool("loop")`);
    expect(message).toContain("waits for 256 tools");
  });
});

describe("the session", () => {
  test("can be read and added to", async () => {
    await using place = await openAsker({ session: { kind: "new" } });
    await place.agent.prompt("say hello");
    expect(await run(place, `await api.appendEntry("mark", { n: 1 }); return 1`)).toEqual({ value: 1 });
    const entries = (await run(place, `return ctx.session.entries()`)).value as { id: string; type: string }[];
    expect(entries.map(({ type }) => type)).toEqual(["model", "message", "message", "custom"]);
    expect(entries.at(-1)).toMatchObject({ extensionId: "asker", kind: "mark", data: { n: 1 } });
    expect(await run(place, `return ctx.session.entries("${entries[2]?.id}")`)).toEqual({ value: entries.slice(3) });
    expect(await run(place, `return ctx.session.branch()`)).toEqual({ value: entries });
    expect(await run(place, `return ctx.session.entries("nope")`)).toMatchObject({ code: "invalid-params" });
    expect(await run(place, `return (await ctx.session.getName()) === undefined`)).toEqual({ value: true });
    await run(place, `await ctx.session.setName("my talk")`);
    expect(await run(place, `return ctx.session.getName()`)).toEqual({ value: "my talk" });
    expect(place.agent.session.name).toBe("my talk");
  });

  test("is read in pages, however long", async () => {
    await using place = await openAsker();
    await run(place, `for (let n = 0; n < 2500; n++) await api.appendEntry("n", n);`);
    const code = `return (await ctx.session.entries()).map(({ data }) => data)`;
    expect(await run(place, code)).toEqual({ value: Array.from({ length: 2500 }, (_, n) => n) });
  });
});

describe("the agent", () => {
  test("offers the model the tools that an extension chose", async () => {
    await using place = await openAsker({ script: ({ tools }) => ({ text: tools.join() }) });
    await place.load("worker", `tool("a", () => 1); tool("b", () => 2);`);
    expect(await run(place, `return api.agent.getActiveTools()`)).toEqual({ value: ["run", "a", "b"] });
    await run(place, `await api.agent.setActiveTools(["b"])`);
    expect((await place.agent.prompt("go")).text).toBe("b");
    const { code, message } = await run(place, `await api.agent.setActiveTools(["c"])`);
    expect({ code, message }).toMatchObject({ code: "unknown-tool", message: expect.stringContaining("c") as string });
    expect(place.agent.activeTools()).toEqual(["b"]);
  });

  test("does not let the model run a tool that it does not offer; extensions may", async () => {
    await using place = await openAgent({ script: [{ toolCalls: [{ tool: "first" }] }] });
    await place.load(
      "worker",
      `tool("first", () => 1); tool("other", async (_: unknown, ctx: any) => (await ctx.callTool("first")).content[0].text);`,
    );
    await place.agent.setActiveTools(["other"]);
    await place.agent.prompt("go");
    const text = "There is no tool first. There are: other.";
    expect(place.results).toMatchObject([{ tool: "first", isError: true, text }]);
    expect(await place.ask("other")).toBe("1");
  });

  test("changes its model", async () => {
    await using place = await openAsker({ environment: { OPENAI_API_KEY: "k" } });
    expect(await run(place, `return api.agent.getModel()`)).toEqual({ value: { model: "offline/scripted" } });
    await run(place, `await api.agent.setModel("openai/gpt-5", "low")`);
    expect(place.agent.model).toEqual({ model: "openai/gpt-5", thinking: "low" });
    expect(place.told("model_select")).toEqual([{ model: "openai/gpt-5", previous: "offline/scripted" }]);
    expect(await run(place, `await api.agent.setModel("openai")`)).toMatchObject({
      message: expect.any(String) as string,
    });
    expect(place.agent.model.model).toBe("openai/gpt-5");
  });

  test("says how full its window is", async () => {
    await using place = await openAsker({ script: [{ text: "ok", usage: { inputTokens: 100, outputTokens: 20 } }] });
    await place.agent.prompt("go");
    const { value } = await run(place, `return api.agent.getContextUsage()`);
    expect(value).toEqual({ usedTokens: 120, windowTokens: 200_000 });
  });

  test("sums up when it is asked to, as gates let it", async () => {
    await using place = await openAsker({
      script: ({ system }) => (system.startsWith("You summarise") ? { text: "all of it" } : undefined),
    });
    await place.load(
      "gate",
      `api.on("session_before_compact", ({ instructions, reason, messages }: any) => {
         if (instructions === "no") return { block: "not now" };
         if (instructions === "mine") return { modify: { summary: reason + " " + messages.length } };
       });`,
    );
    expect(await run(place, `await api.agent.compact()`)).toMatchObject({
      message: "There is nothing to summarise yet.",
    });
    for (const word of ["one", "two", "three"]) await place.agent.prompt(`say ${word}`);
    expect(await run(place, `await api.agent.compact("no")`)).toMatchObject({
      code: "denied",
      message: "The summary was blocked by gate: not now",
    });
    expect(place.messages).toHaveLength(6);
    await run(place, `await api.agent.compact("mine")`);
    expect(place.messages[0]).toMatchObject({ role: "summary", text: expect.stringMatching(/^asked \d$/) as string });
    expect(place.told("session_compact")).toMatchObject([{ summary: expect.stringMatching(/^asked/) as string }]);
    for (const word of ["four", "five"]) await place.agent.prompt(`say ${word}`);
    await run(place, `await api.agent.compact()`);
    expect(place.messages[0]).toEqual({ role: "summary", text: "all of it" });
  });

  test("reloads an extension, also the one that asks", async () => {
    await using place = await openAsker();
    await place.load("other", `tool("generation", () => api.generation);`);
    await run(place, `await api.agent.reload("other")`);
    expect(await place.ask("generation")).toBe("2");
    const reloaded = new Promise<void>((resolve) => {
      place.agent.host.on("extension", ({ extensionId, to, generation }) => {
        if (extensionId === "asker" && to === "ready" && generation === 2) resolve();
      });
    });
    await run(place, `await api.agent.reload()`);
    await reloaded;
    expect(await run(place, `return api.generation`)).toEqual({ value: 2 });
    expect(await run(place, `await api.agent.reload("othr")`)).toMatchObject({
      message: "There is no extension `othr`. Did you mean `other`?",
    });
  });
});

describe("a command of the user's own", () => {
  const BASH = `tool("bash", ({ command }: any) => "ran " + command);`;

  test("runs with the tool `bash`, and the model sees what came of it", async () => {
    await using place = await openAgent();
    await place.load("shell", `${BASH} api.on("tool_call", () => ({ block: "this is for the model's" }));`);
    expect(await place.agent.runBash("make it so")).toEqual({ text: "ran make it so", isError: false });
    expect(place.messages).toMatchObject([
      { role: "user", content: [{ text: "I ran `make it so`. It said:\n\nran make it so" }] },
    ]);
  });

  test("is stopped by the gates that are for it", async () => {
    await using place = await openAgent();
    await place.load(
      "shell",
      `${BASH} api.on("user_bash", ({ command }: any) => command.startsWith("rm") ? { block: "careful" } : undefined);`,
    );
    await expect(place.agent.runBash("rm -rf /")).rejects.toThrow("Blocked by shell: careful");
    expect(place.messages).toEqual([]);
    expect((await place.agent.runBash("ls")).text).toBe("ran ls");
  });

  test("says so where nothing can run it", async () => {
    await using place = await openAgent();
    await expect(place.agent.runBash("ls")).rejects.toThrow("No extension offers a tool `bash`");
  });
});

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentOptions, createAgent } from "tau-agent";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "./support/agent-place.ts";
import { heardBy, recorder, story } from "./support/recorder.ts";

/** Another agent in the same directory, as after a restart. */
async function reopen(place: AgentPlace, options: AgentOptions): Promise<AgentPlace["agent"]> {
  const { directory } = place;
  return createAgent({
    environment: {},
    cwd: directory,
    sessionDir: join(directory, "sessions"),
    ...options,
    host: { cacheDir: join(directory, "cache"), stateDir: join(directory, "state") },
  });
}

describe("a session", () => {
  test("is gone on with after a restart: its messages, name, model, thinking and tools", async () => {
    await using place = await openAgent({
      session: { kind: "new", name: "talk" },
      environment: { OPENAI_API_KEY: "k" },
    });
    await place.load("worker", `tool("a", () => 1); tool("b", () => 2);`);
    await place.agent.prompt("say hello");
    await place.agent.setActiveTools(["b"]);
    await place.agent.setModel("openai/gpt-5", "high");
    const { messages } = place;
    const { id } = place.agent.session;
    await place.agent.close();

    await using again = await reopen(place, { session: { kind: "continue" }, environment: { OPENAI_API_KEY: "k" } });
    expect(again.session.id).toBe(id);
    expect(again.session.name).toBe("talk");
    expect(again.session.messages()).toEqual(messages);
    expect(again.model).toEqual({ model: "openai/gpt-5", thinking: "high" });
    await again.host.load(join(place.directory, "worker.ts"), { id: "worker" });
    expect(again.activeTools()).toEqual(["b"]);
  });

  test("gives way to the model that the user asks for, and says which model it lacks", async () => {
    await using place = await openAgent({ session: { kind: "new" }, environment: { OPENAI_API_KEY: "k" } });
    await place.agent.prompt("say hello");
    await place.agent.setModel("openai/gpt-5");
    const session = { kind: "resume", id: place.agent.session.id } as const;
    await place.agent.close();
    await expect(reopen(place, { session })).rejects.toMatchObject({ code: "missing-key" });
    await using again = await reopen(place, { session, model: "offline/scripted" });
    expect(again.model).toEqual({ model: "offline/scripted" });
    expect(await again.prompt("say it works")).toMatchObject({ text: "it works" });
  });

  test("can be a fork of another, up to an entry", async () => {
    await using place = await openAgent({ session: { kind: "new" } });
    await place.agent.prompt("say one");
    const entry = place.agent.session.entries().at(-1);
    await place.agent.prompt("say two");
    await using fork = await reopen(place, {
      session: { kind: "fork", id: place.agent.session.id, atEntry: entry?.id ?? "" },
    });
    expect(fork.session.messages()).toEqual(place.messages.slice(0, 2));
    expect(fork.session.id).not.toBe(place.agent.session.id);
  });

  test("that does not exist is refused, and nothing is left running", async () => {
    await using place = await openAgent();
    const opening = reopen(place, { session: { kind: "resume", id: "nope" } });
    await expect(opening).rejects.toMatchObject({ code: "unknown-session" });
  });

  test("can be changed for another: extensions hear it, and what they keep for the session is gone", async () => {
    await using place = await openAgent({ session: { kind: "new" } });
    await place.load(
      "keeper",
      `${recorder("keeper", ["session_start", "session_shutdown"])}
       tool("keep", () => api.state.session.set("n", 1)); tool("kept", async () => JSON.stringify(await api.state.session.get("n")));`,
    );
    place.agent.start();
    place.agent.start();
    await place.agent.prompt("say first");
    await place.ask("keep");
    const first = place.agent.session.id;
    await place.agent.switchSession({ kind: "new" });
    expect(place.messages).toEqual([]);
    expect(await place.ask("kept")).not.toBe("1");
    await place.agent.switchSession({ kind: "resume", id: first });
    expect(place.messages).toHaveLength(2);
    expect(story(await heardBy(place, "keeper"))).toEqual([
      "session_start new",
      "session_shutdown switch",
      "session_start new",
      "session_shutdown switch",
      "session_start resume",
    ]);
    expect((await place.agent.listSessions()).map(({ id }) => id)).toContain(first);
  });

  test("stays when the one to change to is none, or has a model that can't be asked", async () => {
    await using place = await openAgent({ session: { kind: "new" }, environment: { OPENAI_API_KEY: "k" } });
    await place.agent.prompt("say first");
    await place.agent.setModel("openai/gpt-5");
    const needsKey = place.agent.session.id;
    await place.agent.close();
    await using again = await openAgent({
      session: { kind: "new" },
      cwd: place.directory,
      sessionDir: join(place.directory, "sessions"),
    });
    await again.agent.prompt("say second");
    const { id } = again.agent.session;
    await expect(again.agent.switchSession({ kind: "resume", id: "nope" })).rejects.toThrow("There is no session");
    await expect(again.agent.switchSession({ kind: "resume", id: needsKey })).rejects.toThrow("OPENAI_API_KEY");
    expect(again.agent.session.id).toBe(id);
    expect(again.agent.state).toBe("idle");
    expect(await again.agent.prompt("say third")).toMatchObject({ text: "third" });
    // Whoever gave up on it has let it go.
    expect((await again.agent.listSessions()).length).toBe(2);
    await again.agent.switchSession({ kind: "fork", id: needsKey }).catch(() => undefined);
  });

  test("that can't be written ends the run with an error, and not the agent", async () => {
    await using place = await openAgent({ session: { kind: "new" } });
    writeFileSync(join(place.directory, "sessions"), "a file where a directory should be");
    const result = await place.agent.prompt("say hello");
    expect(result).toMatchObject({ stopReason: "error", error: { code: "session-failed" } });
    expect(place.agent.state).toBe("idle");
    rmSync(join(place.directory, "sessions"));
    expect(await place.agent.prompt("say hello")).toMatchObject({ stopReason: "end", text: "hello" });
  });
});

test("usage and cost are counted over the whole session", async () => {
  const usage = { inputTokens: 10, outputTokens: 3 };
  await using place = await openAgent({ script: () => ({ text: "ok", usage }) });
  await place.agent.prompt("one");
  expect(await place.agent.prompt("two")).toMatchObject({ usage });
  expect(place.agent.usage()).toMatchObject({ inputTokens: 20, outputTokens: 6, costUsd: 0 });
});

test("the conversation is summed up by itself before it grows out of the window", async () => {
  await using place = await openAgent({
    script: ({ system, prompt }) =>
      system.startsWith("You summarise")
        ? { text: "the gist" }
        : { text: prompt, usage: { inputTokens: prompt === "big" ? 190_000 : 10, outputTokens: 1 } },
  });
  for (const word of ["one", "two", "big"]) await place.agent.prompt(word);
  expect(place.told("session_compact")).toEqual([]);
  expect(await place.agent.prompt("four")).toMatchObject({ stopReason: "end", text: "four" });
  expect(place.told("session_compact")).toMatchObject([
    { summary: "the gist", tokensBefore: expect.any(Number) as number },
  ]);
  expect(place.messages[0]).toEqual({ role: "summary", text: "the gist" });
});

test("a conversation that turns out to be too long is summed up, and the question asked again, once", async () => {
  let refusals = 0;
  const tooLong = { error: { status: 400, message: "prompt is too long: 300000 tokens > 200000 maximum" } };
  await using place = await openAgent({
    script: ({ system, prompt }) => {
      if (system.startsWith("You summarise")) return { text: "the gist" };
      if (prompt === "never" || (prompt === "four" && refusals === 0)) {
        refusals += 1;
        return tooLong;
      }
      return { text: prompt };
    },
  });
  for (const word of ["one", "two", "three"]) await place.agent.prompt(word);
  expect(await place.agent.prompt("four")).toMatchObject({ stopReason: "end", text: "four" });
  expect(place.told("session_compact")).toHaveLength(1);
  refusals = 0;
  const { stopReason, error } = await place.agent.prompt("never");
  expect({ stopReason, code: error?.code }).toEqual({ stopReason: "error", code: "provider-failed" });
  expect(refusals).toBeLessThanOrEqual(2);
});

test("a listener that fails disturbs nobody", async () => {
  await using place = await openAgent();
  const { error } = console;
  const failures: unknown[] = [];
  console.error = (text) => failures.push(text);
  try {
    place.agent.on(() => {
      throw new Error("broken screen");
    });
    expect(await place.agent.prompt("say hello")).toMatchObject({ text: "hello" });
  } finally {
    console.error = error;
  }
  expect(failures.length).toBeGreaterThan(0);
});

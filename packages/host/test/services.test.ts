import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { HostServices, ServiceContext } from "../src/services.ts";
import { SERVICE_METHODS } from "../src/services.ts";
import { LONG_MS, SteppedClock } from "./support/supervised.ts";
import { errorOf, openWorkspace, type Workspace } from "./support/workspace.ts";

/** An extension from the body of its `setup`, with `tool(name, execute)`. */
function source(body: string): string {
  return `
    export default (api: any) => {
      const tool = (name: string, execute: any) => api.registerTool({ name, description: name, parameters: { type: "object" },
        execute: async (params: any, ctx: any) => ({ content: [{ type: "text", text: JSON.stringify((await execute(params, ctx)) ?? null) }] }) });
      ${body}
    };`;
}

async function load(workspace: Workspace, id: string, body: string): Promise<void> {
  await workspace.load(workspace.write(`${id}.ts`, source(body)), { id });
}

const ASK = `
  tool("confirm", (_: any, ctx: any) => ctx.ui.confirm("Really?", { message: "It is late." }));
  tool("generate", (_: any, ctx: any) => ctx.model.generate("Hi").then(({ text }: any) => text));
  tool("outside", () => api.agent.getModel());
  tool("wrong", (_: any, ctx: any) => ctx.ui.confirm(7));
  tool("code", (_: any, ctx: any) => ctx.ui.confirm("Really?").catch((error: any) => error.code));`;

/** Answers `ui/confirm` and keeps what it was asked. */
function confirming(answer: (context: ServiceContext) => Promise<{ value?: boolean }>): {
  services: HostServices;
  asked: { params: unknown; context: ServiceContext }[];
} {
  const asked: { params: unknown; context: ServiceContext }[] = [];
  const services: HostServices = {
    requests: {
      "ui/confirm": (params, context) => {
        asked.push({ params, context });
        return answer(context);
      },
    },
  };
  return { services, asked };
}

describe("what an extension asks of the agent", () => {
  test("is answered by the host's embedder, who is told who asks and for which call", async () => {
    const { services, asked } = confirming(async () => ({ value: true }));
    await using workspace = await openWorkspace({ services });
    await load(workspace, "asks", ASK);
    expect(await workspace.ask("confirm")).toBe("true");
    const [{ params, context } = { params: {}, context: undefined }] = asked;
    expect(params).toMatchObject({ title: "Really?", message: "It is late." });
    expect(context).toMatchObject({ extensionId: "asks", generation: 1, parent: { method: "tool/execute" } });
  });

  test("is `unavailable` where nobody answers it, and the extension knows at once", async () => {
    await using workspace = await openWorkspace();
    await load(workspace, "asks", ASK);
    expect(await workspace.ask("code")).toBe('"unavailable"');
  });

  test("is checked before anybody sees it", async () => {
    const { services, asked } = confirming(async () => ({ value: true }));
    await using workspace = await openWorkspace({ services });
    await load(workspace, "asks", ASK);
    const { message } = await errorOf(workspace.call("wrong"));
    expect(message).toMatch(/title/);
    expect(asked).toEqual([]);
  });

  test("of the user stops the clock of the call it is for", async () => {
    const clock = new SteppedClock();
    const { services } = confirming(async () => {
      clock.advance(2 * LONG_MS);
      return { value: true };
    });
    await using workspace = await openWorkspace({ services, clock });
    await load(workspace, "asks", ASK);
    expect(await workspace.ask("confirm", {}, { timeoutMs: LONG_MS })).toBe("true");
  });

  test("of anybody else does not", async () => {
    const services: HostServices = { requests: { "model/generate": () => new Promise(() => {}) } };
    await using workspace = await openWorkspace({ services });
    await load(workspace, "asks", ASK);
    expect((await errorOf(workspace.call("generate", {}, { timeoutMs: 300 }))).code).toBe("timed-out");
  });

  test("is given up with the call it is for", async () => {
    let aborted = (): void => {};
    const isAborted = new Promise<void>((resolve) => (aborted = resolve));
    let asking = (): void => {};
    const isAsking = new Promise<void>((resolve) => (asking = resolve));
    const { services } = confirming(({ signal }) => {
      signal.addEventListener("abort", aborted);
      asking();
      return new Promise(() => {});
    });
    await using workspace = await openWorkspace({ services });
    await load(workspace, "asks", ASK);
    const controller = new AbortController();
    const call = errorOf(workspace.call("confirm", {}, { signal: controller.signal }));
    await isAsking;
    controller.abort();
    await isAborted;
    expect((await call).code).toBe("cancelled");
  });

  test("beside any call has none", async () => {
    let parent: unknown = "unasked";
    const services: HostServices = {
      requests: {
        "agent/getModel": (_, context) => {
          ({ parent } = context);
          return { model: "offline/scripted" };
        },
      },
    };
    await using workspace = await openWorkspace({ services });
    await load(workspace, "asks", ASK);
    expect(await workspace.ask("outside")).toContain("offline/scripted");
    expect(parent).toBeUndefined();
  });

  test("is all that the protocol has for it", () => {
    const own = (name: string): boolean =>
      name === "registry/update" || name === "http/fetch" || name.startsWith("state/");
    const path = fileURLToPath(new URL("../../../spec/methods.json", import.meta.url));
    const { extension } = JSON.parse(readFileSync(path, "utf8")) as { extension: { requests: object } };
    const known = Object.keys(extension.requests).filter((name) => !own(name));
    expect(known.length).toBeGreaterThan(10);
    expect([...SERVICE_METHODS].sort()).toEqual(known.sort());
  });
});

describe("commands of extensions", () => {
  const COMMANDS = `
    const said: string[] = [];
    tool("said", () => said);
    api.registerCommand({ name: "note", description: "notes", execute: (args: string) => void said.push(args),
      complete: (prefix: string) => [{ value: prefix + "!" }] });
    api.registerCommand({ name: "fail", description: "fails", execute() { throw new Error("not today"); } });
    api.registerCommand({ name: "hang", description: "hangs", execute: (_: string, { signal }: any) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))) });`;

  test("are listed with their owner, and run with what was typed behind the name", async () => {
    await using workspace = await openWorkspace();
    await load(workspace, "notes", COMMANDS);
    expect(workspace.host.commands()).toContainEqual(
      expect.objectContaining({ name: "note", description: "notes", extensionId: "notes" }),
    );
    await workspace.host.runCommand("note", "  two  words ");
    expect(await workspace.ask("said")).toBe('["  two  words "]');
  });

  test("are completed by those that can", async () => {
    await using workspace = await openWorkspace();
    await load(workspace, "notes", COMMANDS);
    expect(await workspace.host.completeCommand("note", "hey")).toEqual([{ value: "hey!" }]);
    expect(await workspace.host.completeCommand("fail", "hey")).toEqual([]);
  });

  test("fail with the place in the author's source, and end with the signal", async () => {
    await using workspace = await openWorkspace();
    await load(workspace, "notes", COMMANDS);
    const failed = await errorOf(workspace.host.runCommand("fail", ""));
    expect(failed).toMatchObject({ extensionId: "notes" });
    expect(`${failed.message} ${failed.remoteStack}`).toMatch(/not today[^]*notes\.ts:\d+/);
    const controller = new AbortController();
    const hanging = errorOf(workspace.host.runCommand("hang", "", { signal: controller.signal }));
    controller.abort();
    expect((await hanging).code).toBe("cancelled");
  });

  test("that nobody has are refused, with the nearest name", async () => {
    await using workspace = await openWorkspace();
    await load(workspace, "notes", COMMANDS);
    const { code, message } = await errorOf(workspace.host.runCommand("ntoe", ""));
    expect({ code, message }).toMatchObject({ code: "unknown-command", message: expect.stringContaining("`/note`") });
  });

  test("have one owner each: a second is refused, and the first keeps it", async () => {
    await using workspace = await openWorkspace();
    await load(workspace, "notes", COMMANDS);
    const again = `api.registerCommand({ name: "note", description: "mine", execute: () => {} });`;
    const { code, message } = await errorOf(load(workspace, "other", again));
    expect(code).toBe("registration-refused");
    expect(message).toMatch(/`notes` and `other` both offer the command `\/note`/);
    await workspace.host.runCommand("note", "still mine");
    expect(await workspace.ask("said")).toBe('["still mine"]');
  });
});

describe("flags of extensions", () => {
  test("have the user's values, or their defaults", async () => {
    await using workspace = await openWorkspace({ flags: { loud: true } });
    const body = `
      api.registerFlag({ name: "loud", description: "louder", type: "boolean" });
      api.registerFlag({ name: "who", description: "whom", type: "string", default: "you" });
      tool("flags", () => [api.getFlag("loud"), api.getFlag("who"), api.getFlag("other") ?? null]);`;
    await load(workspace, "flags", body);
    expect(await workspace.ask("flags")).toBe('[true,"you",null]');
    expect(workspace.host.flags().map(({ name, extensionId }) => [name, extensionId])).toEqual([
      ["loud", "flags"],
      ["who", "flags"],
    ]);
  });
});

describe("what extensions say to each other", () => {
  test("reaches those that listen on the channel, in order, and nobody else", async () => {
    await using workspace = await openWorkspace();
    const listens = (channel: string): string =>
      `const heard: unknown[] = []; api.events.on("${channel}", (data: unknown) => void heard.push(data));
       tool("heard-" + "${channel}", () => heard);`;
    await load(workspace, "near", listens("news"));
    await load(workspace, "far", listens("other"));
    await load(
      workspace,
      "speaker",
      `tool("speak", () => { for (const n of [1, 2, 3]) api.events.emit("news", { n }); });`,
    );
    await workspace.call("speak");
    await expect.poll(() => workspace.ask("heard-news")).toBe('[{"n":1},{"n":2},{"n":3}]');
    expect(await workspace.ask("heard-other")).toBe("[]");
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, type AgentEvent, type AgentMessage, type AgentOptions, createAgent } from "tau-agent";
import type { ExtensionInfo, LoadOptions } from "tau-host";
import type { ToolResult } from "tau-protocol";
import { expect } from "vitest";
import { isAlive } from "../../../host/test/support/processes.ts";

export type Payload = Record<string, unknown>;

/** Opens an agent with the offline model, a directory of its own and a session that is kept nowhere. */
export async function openAgent(options: AgentOptions = {}): Promise<AgentPlace> {
  const directory = mkdtempSync(join(tmpdir(), "tau-agent-"));
  const agent = await createAgent({
    session: { kind: "memory" },
    environment: { PATH: process.env["PATH"] },
    cwd: directory,
    sessionDir: join(directory, "sessions"),
    ...options,
    host: {
      start: "eager",
      cacheDir: join(directory, "cache"),
      stateDir: join(directory, "state"),
      cancelGraceMs: 300,
      ...options.host,
    },
  });
  return new AgentPlace(agent, directory);
}

/** An agent, its extensions, and all that it told its front end. Disposal checks that nothing is left of them. */
export class AgentPlace implements AsyncDisposable {
  readonly agent: Agent;
  readonly directory: string;
  readonly events: AgentEvent[] = [];
  readonly #pids = new Set<number>();

  constructor(agent: Agent, directory: string) {
    this.agent = agent;
    this.directory = directory;
    agent.on((event) => this.events.push(event));
    agent.host.on("extension", () => this.#notePids());
  }

  /** Loads an extension whose setup is this text, with `api` and `tool(name, execute, more)`. */
  async load(id: string, setup: string, options: LoadOptions = {}): Promise<ExtensionInfo> {
    const info = await this.agent.host.load(this.write(`${id}.ts`, extension(setup)), {
      id,
      startTimeoutMs: 15_000,
      ...options,
    });
    this.#notePids();
    return info;
  }

  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** The payload of the next event of this name that fits. */
  next(name: AgentEvent["name"], fits: (payload: Payload) => boolean = () => true): Promise<Payload> {
    return new Promise((resolve) => {
      const stop = this.agent.on((event) => {
        if (event.name !== name || !fits(event.payload as Payload)) return;
        stop();
        resolve(event.payload as Payload);
      });
    });
  }

  /** Every payload so far of the events of this name. */
  told(name: AgentEvent["name"]): Payload[] {
    return this.events.flatMap((event) => (event.name === name ? [event.payload as Payload] : []));
  }

  /** What a tool answers when it is called beside the agent's run. */
  async ask(tool: string, args: Record<string, never> | object = {}): Promise<string> {
    return textOf(await this.agent.host.call(tool, args as Record<string, never>));
  }

  get messages(): AgentMessage[] {
    return this.agent.session.messages();
  }

  /** The results of tools in the conversation, in order. */
  get results(): { callId: string; tool: string; text: string; isError: boolean }[] {
    return this.messages.flatMap((message) =>
      message.role === "tool"
        ? [{ callId: message.callId, tool: message.tool, text: textOf(message), isError: message.isError }]
        : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.agent.close();
      expect([...this.#pids].filter(isAlive), "processes of extensions").toEqual([]);
      expectEveryCallAnswered(this.messages);
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  #notePids(): void {
    for (const { pid } of this.agent.host.extensions()) if (pid !== undefined) this.#pids.add(pid);
  }
}

/** The text of an extension. */
export function extension(setup: string): string {
  return `
    import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
    export default async (api: any) => {
      const tool = (name: string, execute: any, more: object = {}) => api.registerTool({
        name, description: name, parameters: { type: "object" }, ...more,
        execute: async (params: any, ctx: any) => ({ content: [{ type: "text", text: String(await execute(params, ctx)) }] }) });
      ${setup}
    };`;
}

/** Without it no provider takes the conversation again. Whoever runs is not done. */
function expectEveryCallAnswered(messages: readonly AgentMessage[]): void {
  const calls = messages.flatMap((message) =>
    message.role === "assistant"
      ? message.content.flatMap((part) => (part.type === "toolCall" ? [part.callId] : []))
      : [],
  );
  const answered = messages.flatMap((message) => (message.role === "tool" ? [message.callId] : []));
  expect(answered, "results in the order of the calls").toEqual(calls);
}

export function textOf({ content }: Pick<ToolResult, "content">): string {
  return content.map((part) => (part.type === "text" ? part.text : `<${part.mimeType}>`)).join("");
}

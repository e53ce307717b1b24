import {
  type BusEventName,
  type CollectStateResult,
  type CompleteCommandParams,
  type CompleteCommandResult,
  type EventName,
  type FlagDefinition,
  type HandedState,
  type HelloParams,
  type HelloResult,
  type JsonObject,
  type JsonValue,
  type RunCommandParams,
  type ShutdownReason,
  TauError,
} from "tau-protocol";
import { errorText, type RequestContext } from "tau-rpc";
import type {
  Command,
  EventHandler,
  ExtensionApi,
  ExtensionTraits,
  HookOptions,
  Log,
  Tool,
  ToolRegistration,
} from "./api.ts";
import { EventRegistry } from "./event-registry.ts";
import { asFailure } from "./failure.ts";
import { HandlerContext } from "./handler-context.ts";
import { createLog } from "./log.ts";
import { createMessages } from "./messages.ts";
import { createAgentControl, Services } from "./services.ts";
import type { HostPeer } from "./session.ts";
import { createState } from "./state-area.ts";
import { ToolRegistry } from "./tool-registry.ts";

/** Everything one running extension has registered, and the API that registers it. */
export class ExtensionState {
  readonly log: Log;
  readonly tools: ToolRegistry;
  readonly events: EventRegistry;
  readonly #peer: () => HostPeer;
  readonly #commands = new Map<string, Command>();
  readonly #flags = new Map<string, FlagDefinition>();
  #givenFlags: JsonObject = {};
  readonly #shutdownHandlers: ((reason: ShutdownReason) => void | Promise<void>)[] = [];
  #selfTest: (() => void | Promise<void>) | undefined;
  #previous: HandedState | undefined;
  #stateTaken = false;
  #collect: { read(): JsonValue | Promise<JsonValue>; version: number } | undefined;
  #traits: Required<ExtensionTraits> = { reload: "parallel", start: "lazy" };
  #setupDone = false;
  #markSetupDone: () => void = () => {};
  readonly #afterSetup = new Promise<void>((resolve) => {
    this.#markSetupDone = resolve;
  });

  constructor(peer: () => HostPeer) {
    this.#peer = peer;
    this.log = createLog(peer);
    this.tools = new ToolRegistry(this.log, peer);
    this.events = new EventRegistry(this.log, peer);
  }

  createApi(hello: HelloParams): ExtensionApi {
    this.#previous = hello.previousState;
    this.#givenFlags = hello.flags ?? {};
    const services = new Services(this.#peer);
    return {
      id: hello.extension.id,
      generation: hello.extension.generation,
      cwd: hello.cwd,
      config: hello.config ?? {},
      log: this.log,
      state: createState(this.#peer),
      registerTool: (tool) => this.#registerTool(tool as unknown as Tool),
      registerCommand: (command) => this.#registerCommand(command),
      on: (event, handler, options = {}) => this.#on(event, handler as unknown as EventHandler, options),
      registerFlag: (flag) => this.#registerFlag(flag),
      getFlag: (name) => this.#getFlag(name),
      ui: services.ui,
      model: services.model,
      session: services.session,
      callTool: services.callTool,
      agent: createAgentControl(this.#peer),
      ...createMessages(this.#peer),
      events: {
        emit: (channel, data) => void this.#peer().notify("bus/emit", { channel, data }),
        on: (channel, handler) => this.#on(`bus:${channel}`, handler as unknown as EventHandler, {}),
      },
      onReload: (read, options = {}) => {
        this.#collect = { read, version: options.version ?? 1 };
      },
      takeState: (version = 1) => this.#takeState(version),
      selfTest: (test) => {
        if (this.#setupDone) throw tooLate("selfTest(…)");
        this.#selfTest = test;
      },
      declare: ({ reload = this.#traits.reload, start = this.#traits.start }) => {
        if (this.#setupDone) throw tooLate("declare(…)");
        this.#traits = { reload: oneOf("reload", reload, RELOADS), start: oneOf("start", start, STARTS) };
      },
      onShutdown: (handler) => {
        this.#shutdownHandlers.push(handler);
      },
    };
  }

  /** What is told in the answer to hello. From here on, changes are told one by one. */
  describe(): Pick<
    HelloResult,
    "tools" | "events" | "hooks" | "commands" | "flags" | "reload" | "start" | "selfTest" | "state"
  > {
    this.#setupDone = true;
    this.#markSetupDone();
    const commands = [...this.#commands.values()].map((command) => ({
      name: command.name,
      description: command.description,
      ...("complete" in command ? { completes: true } : {}),
    }));
    return {
      tools: this.tools.definitions(),
      events: this.events.observed(),
      hooks: this.events.hooks(),
      commands,
      ...(this.#flags.size === 0 ? {} : { flags: [...this.#flags.values()] }),
      ...this.#traits,
      selfTest: this.#selfTest !== undefined,
      state: this.#previous === undefined ? "none" : this.#stateTaken ? "accepted" : "declined",
    };
  }

  async runCommand({ command, arguments: args }: RunCommandParams, request: RequestContext): Promise<object> {
    const found = this.#command(command);
    try {
      await found.execute(args, new HandlerContext({ log: this.log, peer: this.#peer, request }));
    } catch (error) {
      throw asFailure(error, request.signal.aborted ? "cancelled" : "extension-failed");
    }
    return {};
  }

  async runSelfTest(): Promise<object> {
    await runAuthors(() => this.#selfTest?.());
    return {};
  }

  async completeCommand({ command, prefix }: CompleteCommandParams): Promise<CompleteCommandResult> {
    const found = this.#command(command);
    return { completions: (await runAuthors(() => found.complete?.(prefix))) ?? [] };
  }

  async collect(): Promise<CollectStateResult> {
    const collect = this.#collect;
    if (collect === undefined) return {};
    return { state: { version: collect.version, value: await runAuthors(() => collect.read()) } };
  }

  /** All of them to their end: one that fails is logged and must not cost another what it wants to save. */
  async runShutdownHandlers(reason: ShutdownReason): Promise<void> {
    const ends = await Promise.allSettled(this.#shutdownHandlers.map(async (handler) => handler(reason)));
    for (const end of ends) {
      if (end.status === "rejected") this.log.error(`A shutdown handler failed: ${errorText(end.reason)}`);
    }
  }

  #on(event: EventName | BusEventName, handler: EventHandler, options: HookOptions): void {
    if (this.#setupDone) throw tooLate(`on("${event}")`);
    this.events.add(event, handler, options);
  }

  #registerFlag(flag: FlagDefinition): void {
    if (this.#setupDone) throw tooLate(`registerFlag("${flag.name}")`);
    if (this.#flags.has(flag.name)) throw registeredAlready(`Flag \`--${flag.name}\``);
    this.#flags.set(flag.name, flag);
  }

  #getFlag(name: string): JsonValue | undefined {
    const flag = this.#flags.get(name);
    return flag === undefined ? undefined : (this.#givenFlags[name] ?? flag.default);
  }

  #takeState(version: number): JsonValue | undefined {
    if (this.#previous?.version !== version) return undefined;
    this.#stateTaken = true;
    return this.#previous.value;
  }

  #registerTool(tool: Tool): ToolRegistration {
    const definition = this.tools.add(tool);
    const registered = this.#setupDone
      ? this.#peer()
          .request("registry/update", { addTools: [definition] })
          .then(() => undefined)
      : this.#afterSetup;
    registered.catch((error: Error) => {
      this.tools.remove(definition.name);
      this.log.error(`The host refused tool ${definition.name}: ${error.message}`);
    });
    return { name: definition.name, registered, remove: () => this.#removeTool(definition.name) };
  }

  async #removeTool(name: string): Promise<void> {
    if (!this.tools.remove(name) || !this.#setupDone) return;
    await this.#peer().request("registry/update", { removeTools: [name] });
  }

  #registerCommand(command: Command): void {
    if (this.#setupDone) throw tooLate(`registerCommand("${command.name}")`);
    if (this.#commands.has(command.name)) throw registeredAlready(`Command \`${command.name}\``);
    this.#commands.set(command.name, command);
  }

  #command(name: string): Command {
    const command = this.#commands.get(name);
    if (command === undefined) throw new TauError("invalid-params", `This extension has no command \`${name}\`.`);
    return command;
  }
}

const RELOADS = ["parallel", "exclusive"] as const;
const STARTS = ["lazy", "eager"] as const;

/** A word nobody knows would be a trait nobody honours. */
function oneOf<Word extends string>(trait: string, word: Word, words: readonly Word[]): Word {
  if (words.includes(word)) return word;
  const text = `Expected \`${trait}\` to be ${words.map((each) => `"${each}"`).join(" or ")}, got ${JSON.stringify(word)}.`;
  throw new TauError("registration-refused", text, { executed: "no" });
}

/** Runs code of the author's that no other kind of error is for (spec/protocol.md, X-1). */
async function runAuthors<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw asFailure(error, "extension-failed");
  }
}

function registeredAlready(what: string): TauError {
  return new TauError("registration-refused", `${what} is registered already by this extension.`);
}

function tooLate(what: string): TauError {
  return new TauError(
    "registration-refused",
    `Expected ${what} during setup, got it later. Only tools may come and go.`,
    {
      executed: "no",
    },
  );
}

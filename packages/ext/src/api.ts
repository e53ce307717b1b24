import type {
  BusEventName,
  EventChanges,
  EventName,
  EventPayloads,
  FlagDefinition,
  GateEvent,
  HookAnswer,
  JsonObject,
  JsonValue,
  OnFailure,
  ShutdownReason,
  ToolResult,
  TransformEvent,
} from "tau-protocol";
import type { AgentControl, Asking, Bus, MessageOptions, UserMessageOptions } from "./asking.ts";
import type { InferParameters, ParametersSchema } from "./infer.ts";
import type { State } from "./state.ts";

/** The default export of an extension. Runs once for each start; what it registers is offered when it has finished. */
export type Setup = (api: ExtensionApi) => void | Promise<void>;

/**
 * What an extension can do. Handed to {@link Setup}; what registers something works during setup and, for tools, later; what asks the
 * agent for something works after setup.
 */
export interface ExtensionApi extends Asking {
  /** This extension's id in its host. */
  readonly id: string;
  /** Counts the versions of this extension that the host has started, from 1. */
  readonly generation: number;
  /** The agent's working directory. */
  readonly cwd: string;
  /** The user's settings for this extension. */
  readonly config: Readonly<JsonObject>;
  /** The environment variables the user granted are in `process.env`; nothing else of the host's is. */
  readonly log: Log;
  /**
   * What the host keeps for this extension, for good: `await api.state.set("seen", 3)`. `api.state.session` is the same, until the
   * session ends.
   */
  readonly state: State;
  /**
   * Offers a tool to the model.
   * @throws TauError `registration-refused` when the name, the schema or a second tool of the same name is wrong.
   */
  registerTool<const Schema extends ParametersSchema>(tool: Tool<Schema>): ToolRegistration;
  /** Offers a `/name` to the user. */
  registerCommand(command: Command): void;
  /**
   * Hears of an event or decides on it, as the event's kind in the catalogue says. Only during setup.
   * @throws TauError `registration-refused` for a name the catalogue does not have.
   */
  on<Name extends EventName | BusEventName>(event: Name, handler: EventHandler<Name>, options?: HookOptions): void;
  /**
   * Reads a `--name` of the command line. Only during setup.
   * @throws TauError `registration-refused` for a name that is taken or is none
   */
  registerFlag(flag: FlagDefinition): void;
  /** What the user gave, or the default. `undefined` without either, and for flags that were not registered. */
  getFlag(name: string): JsonValue | undefined;
  /** Puts a message into the conversation that the user sees, and the model too unless told otherwise. */
  sendMessage(kind: string, content: string | ToolResult, options?: MessageOptions): Promise<void>;
  /** Says something to the agent as if the user had typed it. */
  sendUserMessage(text: string, options?: UserMessageOptions): Promise<void>;
  /** Keeps something in the session's file, for this extension to find again with `session.entries()`. The model does not see it. */
  appendEntry(kind: string, data: JsonValue): Promise<void>;
  /** The agent: its tools, its model, what it is doing. */
  readonly agent: AgentControl;
  /** What extensions say to each other. */
  readonly events: Bus;
  /** Hands a value to the next version of this extension when it is reloaded. `version` counts the value's shapes. */
  onReload(collect: () => JsonValue | Promise<JsonValue>, options?: { version?: number }): void;
  /**
   * What the version before handed over in `onReload`, if it has the shape of this number. State that nobody takes during
   * setup counts as declined.
   * @default version 1
   */
  takeState(version?: number): JsonValue | undefined;
  /** Runs before this version takes over from the one before it. A throw keeps the one before. Only during setup. */
  selfTest(test: () => void | Promise<void>): void;
  /** Says how the host has to treat this extension. Only during setup. */
  declare(traits: ExtensionTraits): void;
  /** Runs before the process ends in an orderly way, a few seconds long at most. */
  onShutdown(handler: (reason: ShutdownReason) => void | Promise<void>): void;
}

/** What a host can't see from outside. */
export interface ExtensionTraits {
  /**
   * `exclusive`: it owns something that two versions can't both have, such as a port or a lock. The old version is stopped
   * before the new one starts; calls wait meanwhile. If the new one fails, the old one is started again.
   * @default "parallel": both run for a moment, and no call waits
   */
  reload?: "parallel" | "exclusive";
  /**
   * `eager`: it does something by itself (listens, polls, watches), so it must run even where hosts put starts off until there is
   * a call, a hook or an event.
   * @default "lazy"
   */
  start?: "lazy" | "eager";
}

/** A tool. `execute`'s `params` have the type that `parameters` describes. */
export interface Tool<Schema extends ParametersSchema = ParametersSchema> {
  /** `^[A-Za-z0-9_-]{1,64}$`, unique among all extensions of a host. */
  name: string;
  /** For people. @default name */
  label?: string;
  /** For the model: what it does and when to use it. */
  description: string;
  /** JSON Schema of type `object`, or an object of zod, valibot, arktype, TypeBox … */
  parameters: Schema;
  /** Whether a second run with the same arguments is harmless. @default false */
  idempotent?: boolean;
  /**
   * Does the work. What it throws reaches the caller as an error with the stack in the author's source. Any number of
   * calls may run at the same time.
   */
  execute(params: InferParameters<Schema>, ctx: ToolContext): ToolResult | Promise<ToolResult>;
}

export interface ToolContext extends Asking {
  /** Aborts when the caller gives up. Work that goes on after the grace period is ended with the whole process. */
  readonly signal: AbortSignal;
  /** Shows how far it is: text, or partial content. */
  readonly progress: (partial: string | ToolResult) => void;
  readonly log: Log;
  /** The model's id of this call, where a model made it. */
  readonly callId: string | undefined;
}

export interface ToolRegistration {
  readonly name: string;
  /** Settles when the host offers the tool; rejects when it refuses. During setup: with the end of setup. */
  readonly registered: Promise<void>;
  /** Takes the tool away. Calls in flight go on. */
  readonly remove: () => Promise<void>;
}

export interface Command {
  /** Without the slash. */
  name: string;
  description: string;
  /** `args` is everything after the name, as typed. */
  execute(args: string, ctx: CommandContext): void | Promise<void>;
  /** What could stand at the end of `prefix`. */
  complete?(prefix: string): Completion[] | Promise<Completion[]>;
}

export interface CommandContext extends Asking {
  readonly signal: AbortSignal;
  readonly log: Log;
}

export interface Completion {
  value: string;
  description?: string;
}

export interface HookOptions {
  /** Lower runs earlier. @default 0 */
  priority?: number;
  /** May tighten the catalogue's value, never loosen it. */
  onFailure?: OnFailure;
  /** @default 30000 */
  timeoutMs?: number;
}

/**
 * Observers' answers are ignored. Transforms and gates answer nothing to let the event pass, or one of
 * `{ block: reason }`, `{ modify: fields }`, `{ ask: prompt }`. Any other answer, and a throw, is a failure, which for a
 * gate blocks.
 */
export type EventHandler<Name extends EventName | BusEventName = EventName | BusEventName> = (
  event: EventPayload<Name>,
  ctx: EventContext,
) => EventAnswer<Name> | void | Promise<EventAnswer<Name> | void>;

/** The payload as spec/events.json describes it. */
export type EventPayload<Name extends EventName | BusEventName = EventName> = Name extends EventName
  ? Readonly<EventPayloads[Name]>
  : JsonValue;

/** What a handler may answer about an event. */
export type EventAnswer<Name extends EventName | BusEventName> =
  | (Name extends TransformEvent | GateEvent ? { block: string } | HookAnswer : never)
  | (Name extends GateEvent ? { ask: string } : never)
  | (Name extends keyof EventChanges & keyof EventPayloads
      ? { modify: Partial<Pick<EventPayloads[Name], EventChanges[Name] & keyof EventPayloads[Name]>> }
      : never)
  | undefined;

/** Any answer about any event. */
export type HandlerAnswer = { block: string } | { modify: JsonObject } | { ask: string } | HookAnswer | undefined;

export interface EventContext extends Asking {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Goes to the host's log under this extension's name. */
export interface Log {
  debug(message: string, data?: JsonValue): void;
  info(message: string, data?: JsonValue): void;
  warn(message: string, data?: JsonValue): void;
  error(message: string, data?: JsonValue): void;
}

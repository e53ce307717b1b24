import {
  EVENTS,
  type HelloResult,
  type HookRegistration,
  isEventName,
  TauError,
  type ToolDefinition,
} from "tau-protocol";
import { asRecord } from "./as-record.ts";
import { isCommand, isFlag } from "./commands.ts";
import { show } from "./show.ts";
import type { SchemaCompiler } from "./validate/schema.ts";
import { readToolDefinitions } from "./validate/tool-definition.ts";

/** What an extension offers, checked. */
export interface Offer {
  name: string;
  version: string;
  tools: ToolDefinition[];
  events: ReadonlySet<string>;
  hooks: readonly HookRegistration[];
  commands: HelloResult["commands"];
  flags: NonNullable<HelloResult["flags"]>;
  maxLineBytes: number | undefined;
  selfTest: boolean;
  reload: "parallel" | "exclusive";
  start: "lazy" | "eager";
  /** What became of the state that was handed over. */
  state: "accepted" | "declined" | "none";
}

/**
 * Reads the answer to `hello` from whatever came.
 * @throws TauError `protocol-violation`, or `registration-refused` for what is offered
 */
export async function readHelloResult(value: unknown, compiler: SchemaCompiler): Promise<Offer> {
  const { protocol, name, version, tools, events, hooks, commands, limits, ...traits } = asRecord(value);
  if (protocol !== 1) throw violation(`\`protocol\` to be 1, got ${show(protocol)}`);
  const maxLineBytes = asRecord(limits)["maxLineBytes"];
  return {
    name: typeof name === "string" ? name : "",
    version: typeof version === "string" ? version : "",
    tools: await readToolDefinitions(tools, compiler),
    events: new Set(readList("events", events, (item): item is string => typeof item === "string")),
    hooks: readHooks(hooks),
    commands: readList("commands", commands, isCommand),
    flags: readList("flags", traits["flags"], isFlag),
    maxLineBytes: typeof maxLineBytes === "number" && maxLineBytes > 0 ? maxLineBytes : undefined,
    selfTest: traits["selfTest"] === true,
    reload: traits["reload"] === "exclusive" ? "exclusive" : "parallel",
    start: traits["start"] === "eager" ? "eager" : "lazy",
    state: traits["state"] === "accepted" || traits["state"] === "declined" ? traits["state"] : "none",
  };
}

function readList<Item>(field: string, value: unknown, isItem: (item: unknown) => item is Item): Item[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every(isItem)) return value;
  throw violation(`\`${field}\` to be a list as spec/protocol.md has it, got ${show(value)}`);
}

/** A hook on an event that nothing decides would be a gate that never runs, and of two one (spec/protocol.md, K-1). */
function readHooks(value: unknown): HookRegistration[] {
  const hooks = readList("hooks", value, isHook);
  const events = hooks.map(({ event }) => event);
  const twice = events.find((event, index) => events.indexOf(event) !== index);
  if (twice !== undefined) throw refuse(`Expected one hook on \`${twice}\`, got two. Let one of them do both.`);
  for (const { event } of hooks) {
    if (isEventName(event) && EVENTS[event].kind !== "observe") continue;
    const text = `Expected hooks on events that can be decided on, got one on \`${event}\`, which ${isEventName(event) ? "is only observed" : "does not exist"}.`;
    throw refuse(text);
  }
  return hooks;
}

function isHook(value: unknown): value is HookRegistration {
  const { event, priority, timeoutMs, onFailure } = asRecord(value);
  return (
    typeof event === "string" &&
    isEventName(event) &&
    (priority === undefined || typeof priority === "number") &&
    (timeoutMs === undefined || (typeof timeoutMs === "number" && timeoutMs > 0)) &&
    (onFailure === undefined || onFailure === "closed" || onFailure === "open")
  );
}

function violation(expected: string): TauError {
  return new TauError("protocol-violation", `Expected the answer to \`hello\` with ${expected}.`, {
    executed: "no",
    phase: "handshake",
  });
}

function refuse(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no", phase: "register" });
}

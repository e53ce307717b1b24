import {
  type ExecuteToolParams,
  isTauError,
  TauError,
  TOOL_NAME_PATTERN,
  type ToolDefinition,
  type ToolResult,
} from "tau-protocol";
import type { RequestContext } from "tau-rpc";
import type { Log, Tool, ToolContext } from "./api.ts";
import { asFailure } from "./failure.ts";
import { type ContextParts, HandlerContext } from "./handler-context.ts";
import { type Parameters, readParameters } from "./parameters.ts";
import type { HostPeer } from "./session.ts";

interface RegisteredTool {
  definition: ToolDefinition;
  parameters: Parameters;
  execute(params: unknown, ctx: ToolContext): ToolResult | Promise<ToolResult>;
}

/** The tools of this extension: what is declared to the host, and what runs when it calls. */
export class ToolRegistry {
  readonly #tools = new Map<string, RegisteredTool>();
  readonly #log: Log;
  readonly #peer: () => HostPeer;

  constructor(log: Log, peer: () => HostPeer) {
    this.#log = log;
    this.#peer = peer;
  }

  definitions(): ToolDefinition[] {
    return [...this.#tools.values()].map((tool) => tool.definition);
  }

  /** @throws TauError `registration-refused` */
  add(tool: Tool): ToolDefinition {
    checkTool(tool, this.#tools);
    const parameters = readParameters(tool.name, tool.parameters);
    const definition: ToolDefinition = {
      name: tool.name,
      ...(tool.label === undefined ? {} : { label: tool.label }),
      description: tool.description,
      parameters: parameters.jsonSchema,
      ...(tool.idempotent === true ? { idempotent: true } : {}),
    };
    const execute = tool.execute.bind(tool) as RegisteredTool["execute"];
    this.#tools.set(tool.name, { definition, parameters, execute });
    return definition;
  }

  remove(name: string): boolean {
    return this.#tools.delete(name);
  }

  /** Answers `tool/execute`. Synchronous where the tool is: a promise for nothing costs a microtask on every call. */
  execute(params: ExecuteToolParams, request: RequestContext): ToolResult | Promise<ToolResult> {
    const tool = this.#tools.get(params.tool);
    if (tool === undefined) {
      throw new TauError("unknown-tool", `This extension has no tool \`${params.tool}\`.`, { executed: "no" });
    }
    const ctx = new CallContext({ log: this.#log, peer: this.#peer, request }, params.callId);
    const { parse } = tool.parameters;
    if (parse !== undefined) return runParsed(tool, parse(params.arguments), ctx);
    let result: unknown;
    try {
      result = tool.execute(params.arguments, ctx);
    } catch (error) {
      throw toolFailure(error, ctx);
    }
    return isThenable(result) ? settle(tool, result, ctx) : checkResult(tool, result);
  }
}

/** Each call's context. */
class CallContext extends HandlerContext implements ToolContext {
  readonly callId: string | undefined;
  readonly #progress: RequestContext["progress"];

  constructor(parts: ContextParts & { request: RequestContext }, callId: string | undefined) {
    super(parts);
    this.callId = callId;
    const { request } = parts;
    this.#progress = (value) => request.progress(value);
  }

  /** Bound, because authors take it out of `ctx`; made when first asked for. */
  get progress(): (partial: string | ToolResult) => void {
    return (partial) =>
      this.#progress(typeof partial === "string" ? { content: [{ type: "text", text: partial }] } : partial);
  }
}

async function runParsed(tool: RegisteredTool, parsed: unknown, ctx: ToolContext): Promise<ToolResult> {
  let params: unknown;
  try {
    params = await parsed;
  } catch (error) {
    // Refused arguments say so themselves; a transform of the author's may throw anything.
    throw isTauError(error) ? error : toolFailure(error, ctx);
  }
  const running = (async () => tool.execute(params, ctx))();
  return settle(tool, running, ctx);
}

async function settle(tool: RegisteredTool, running: PromiseLike<unknown>, ctx: ToolContext): Promise<ToolResult> {
  let result: unknown;
  try {
    result = await running;
  } catch (error) {
    throw toolFailure(error, ctx);
  }
  return checkResult(tool, result);
}

/** The host checks every field again; this one check has the author's tool name and the remedy. */
function checkResult(tool: RegisteredTool, result: unknown): ToolResult {
  if (typeof result === "object" && result !== null && Array.isArray((result as ToolResult).content)) {
    return result as ToolResult;
  }
  throw new TauError(
    "tool-failed",
    `Expected \`execute\` of tool \`${tool.definition.name}\` to return a ToolResult, got ${describe(result)}. ` +
      "Return ToolResult.text(…).",
    { executed: "yes" },
  );
}

/** A promise, or what some libraries return in its place. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/**
 * What a tool throws is the tool's failure (spec/protocol.md, C-9), even where it is the error of a request the tool made:
 * that one's `executed: "no"` would let the host run the whole tool again.
 */
function toolFailure(error: unknown, ctx: ToolContext): TauError {
  return asFailure(error, ctx.signal.aborted ? "cancelled" : "tool-failed");
}

function checkTool(tool: Tool, known: ReadonlyMap<string, unknown>): void {
  if (typeof tool !== "object" || tool === null) throw refuse(`Expected registerTool({ … }), got ${describe(tool)}.`);
  if (typeof tool.name !== "string" || !TOOL_NAME_PATTERN.test(tool.name)) {
    throw refuse(
      `Expected a tool name of 1 to 64 letters, digits, \`_\` or \`-\`, got ${JSON.stringify(tool.name)}. ` +
        "Models are not offered other names.",
    );
  }
  if (typeof tool.description !== "string") {
    throw refuse(
      `Expected tool \`${tool.name}\` to have a \`description\` for the model, got ${describe(tool.description)}.`,
    );
  }
  if (typeof tool.execute !== "function") {
    throw refuse(`Expected tool \`${tool.name}\` to have a function \`execute\`, got ${typeof tool.execute}.`);
  }
  if (known.has(tool.name)) {
    throw refuse(`Tool \`${tool.name}\` is registered already by this extension. Remove the first, or rename one.`);
  }
}

function refuse(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no" });
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? `an object (${Object.keys(value).slice(0, 5).join(", ")})` : typeof value;
}

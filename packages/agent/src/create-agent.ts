import { resolve } from "node:path";
import { createHost, type HostServices, SERVICE_METHODS } from "tau-host";
import { systemClock } from "tau-rpc";
import type { Agent, AgentOptions } from "./agent-api.ts";
import type { AgentParts } from "./agent-parts.ts";
import { AgentCore } from "./agent.ts";
import { EventHub } from "./events.ts";
import { resolveModel } from "./model/resolve.ts";
import { OFFLINE_REFERENCE } from "./model/scripted.ts";
import { toolServices } from "./services/call-tool.ts";
import { controlServices } from "./services/control.ts";
import { conversationServices } from "./services/conversation.ts";
import { modelServices } from "./services/model.ts";
import type { ServicePlace } from "./services/service-place.ts";
import { uiServices } from "./services/ui.ts";
import { sessionDirectory } from "./session/places.ts";
import { SessionStore } from "./session/store.ts";

const MAX_TURNS = 100;
const MODEL_BUDGET_TOKENS = 1_000_000;

/**
 * Makes an agent: a host for extensions, a model, a session. Close it: an open agent keeps the process alive.
 * @throws TauError `unknown-model`, `missing-key`, `unknown-session`, `session-locked`
 */
export async function createAgent(options: AgentOptions = {}): Promise<Agent> {
  const environment = options.environment ?? process.env;
  const cwd = resolve(options.cwd ?? process.cwd());
  const clock = options.clock ?? systemClock;
  const choice = { environment, clock, ...pick(options, ["fetch", "script"]) };
  const model = resolveModel(options.model ?? OFFLINE_REFERENCE, choice);
  const store = new SessionStore({
    directory: options.sessionDir ?? sessionDirectory(environment),
    cwd,
  });
  // The host asks the agent, and the agent the host: each is found when it is needed.
  let core: AgentCore | undefined;
  const hub = new EventHub(() => host);
  const services = lateServices(() => servicesOf((core as AgentCore).services));
  const host = await createHost({
    start: "lazy",
    ...options.host,
    cwd,
    environment,
    clock,
    services,
    flags: options.flags ?? {},
    ...pick(options, ["random"]),
  });
  const parts: AgentParts = {
    host,
    hub,
    clock,
    store,
    cwd,
    model,
    user: options.user ?? {},
    thinking: options.thinking,
    given: pick(options, ["model", "thinking"]),
    random: options.random ?? Math.random,
    maxTurns: options.maxTurns ?? MAX_TURNS,
    modelBudgetTokens: options.modelBudgetTokens ?? MODEL_BUDGET_TOKENS,
    systemPrompt: options.systemPrompt ?? defaultSystemPrompt(cwd),
    resolveModel: (reference) => resolveModel(reference, choice),
  };
  try {
    core = await AgentCore.open(parts, options.session ?? { kind: "new" });
    return core;
  } catch (error) {
    await host.close();
    throw error;
  }
}

function servicesOf(place: ServicePlace): Required<HostServices> {
  const ui = uiServices(place);
  const requests = {
    ...ui.requests,
    ...modelServices(place),
    ...conversationServices(place),
    ...controlServices(place),
    ...toolServices(place),
  };
  return { requests, notifications: ui.notifications };
}

const SHOWN = ["ui/notify", "ui/status", "ui/widget", "ui/title"] as const;

/** Services of an agent that is still being made. Nothing asks before it is. */
function lateServices(make: () => Required<HostServices>): HostServices {
  let made: Required<HostServices> | undefined;
  const get = (): Required<HostServices> => (made ??= make());
  const requests = SERVICE_METHODS.map((method) => [
    method,
    (params: never, context: never) => get().requests[method]?.(params, context),
  ]);
  const notifications = SHOWN.map((name) => [
    name,
    (params: never, extensionId: string) => get().notifications[name]?.(params, extensionId),
  ]);
  return { requests: Object.fromEntries(requests), notifications: Object.fromEntries(notifications) };
}

function pick<Options extends object, Key extends keyof Options>(
  options: Options,
  keys: readonly Key[],
): { [Each in Key]?: Exclude<Options[Each], undefined> } {
  const given = keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]);
  return Object.fromEntries(given) as { [Each in Key]?: Exclude<Options[Each], undefined> };
}

function defaultSystemPrompt(cwd: string): string {
  return (
    "You are an agent that helps its user with the files and programs of their computer, by calling the tools you are offered. " +
    `The working directory is ${cwd}. Look before you change anything. Say in a few words what you did, and what failed.`
  );
}

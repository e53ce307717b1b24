import { type EmitParams, type ExtensionNotifications, type ExtensionRequests, TauError } from "tau-protocol";
import type { ParentRequest, RequestContext, RequestHandler } from "tau-rpc";
import { asRecord } from "./as-record.ts";
import { checkServiceParams } from "./service-params.ts";

/** What an extension may ask that a host by itself can't answer: it takes a user, a model, a session. */
export type ServiceMethod = Exclude<keyof ExtensionRequests, "registry/update" | "http/fetch" | `state/${string}`>;

/** What an extension tells whoever has a screen. */
export type ServiceNotification = Extract<keyof ExtensionNotifications, `ui/${string}`>;

/** Who asks, and for what. */
export interface ServiceContext {
  extensionId: string;
  generation: number;
  /** Aborts when the extension gives up, ends, or when what it asks this for is over. */
  signal: AbortSignal;
  /** What it was asked to do when it asked this, where it says so. */
  parent?: { method: string; params: object | undefined };
  /** Partial answers, for `tool/call`. */
  onProgress: (value: unknown) => void;
}

export type ServiceHandler<Method extends ServiceMethod> = (
  params: ExtensionRequests[Method]["params"],
  context: ServiceContext,
) => ExtensionRequests[Method]["result"] | Promise<ExtensionRequests[Method]["result"]>;

/**
 * The answers of an agent to its extensions. Requests without a handler are answered `unavailable`; what an extension may count on
 * is told in `hello`. Params have the shape that spec/schema.json gives them when a handler sees them.
 */
export interface HostServices {
  requests?: { readonly [Method in ServiceMethod]?: ServiceHandler<Method> };
  notifications?: {
    readonly [Name in ServiceNotification]?: (params: ExtensionNotifications[Name], extensionId: string) => void;
  };
}

/** All of them. A test holds this list against the protocol's. */
export const SERVICE_METHODS = [
  "tool/call",
  "ui/confirm",
  "ui/select",
  "ui/input",
  "ui/editor",
  "model/generate",
  "message/send",
  "message/sendUser",
  "session/append",
  "session/entries",
  "session/branch",
  "session/getName",
  "session/setName",
  "agent/getActiveTools",
  "agent/setActiveTools",
  "agent/getModel",
  "agent/setModel",
  "agent/getContextUsage",
  "agent/abort",
  "agent/compact",
  "agent/reload",
] as const satisfies readonly ServiceMethod[];

const SERVICE_NOTIFICATIONS = ["ui/notify", "ui/status", "ui/widget", "ui/title"] as const;

/** These wait for a person: the clock of what they are asked for stands still meanwhile (spec/protocol.md, K-11 and U-3). */
const PROMPTS: ReadonlySet<string> = new Set(["ui/confirm", "ui/select", "ui/input", "ui/editor"]);

/** Areas in which something works, for `hello` (spec/protocol.md, H-8). The state and the bus are the host's own. */
export function serviceAreas({ requests = {}, notifications = {} }: HostServices): string[] {
  const methods = [...Object.keys(requests), ...Object.keys(notifications)];
  return [...new Set(["state", "bus", ...methods.map((method) => method.slice(0, method.indexOf("/")))])];
}

export interface Asking {
  extensionId: string;
  /** The generation's. */
  number: number;
  /** The request of the host that an extension names as the parent of its own. */
  parentOf: (id: number) => ParentRequest | undefined;
}

/** Handlers for one generation's requests. */
export function serveRequests({ requests = {} }: HostServices, asking: Asking): Record<string, RequestHandler> {
  const handlers = SERVICE_METHODS.map((method): [string, RequestHandler] => {
    const handler = requests[method] as ServiceHandler<ServiceMethod> | undefined;
    if (handler === undefined) return [method, () => refuse(method)];
    return [method, (params, request) => serve(method, handler, { params, request, asking })];
  });
  return Object.fromEntries(handlers);
}

export interface NotificationPlace {
  services: HostServices;
  /** An extension speaks to the others. */
  onBusEmit: (params: EmitParams, extensionId: string) => void;
}

export function serveNotifications(
  { services: { notifications = {} }, onBusEmit }: NotificationPlace,
  extensionId: string,
): Record<string, (params: Record<string, unknown>) => void> {
  const handlers = SERVICE_NOTIFICATIONS.flatMap((name) => {
    const handler = notifications[name] as ((params: unknown, extensionId: string) => void) | undefined;
    if (handler === undefined) return [];
    const handle = (params: Record<string, unknown>): void => {
      checkServiceParams(name, params);
      handler(params, extensionId);
    };
    return [[name, handle] as const];
  });
  const emit = (params: Record<string, unknown>): void => {
    checkServiceParams("bus/emit", params);
    onBusEmit(params as unknown as EmitParams, extensionId);
  };
  return Object.fromEntries([...handlers, ["bus/emit", emit]]);
}

interface Served {
  params: Record<string, unknown>;
  request: RequestContext;
  asking: Asking;
}

async function serve(
  method: ServiceMethod,
  handler: ServiceHandler<ServiceMethod>,
  { params, request, asking }: Served,
): Promise<unknown> {
  checkServiceParams(method, params);
  const { extensionId, number, parentOf } = asking;
  const parentId = asRecord(params["meta"])["parent"];
  const parent = typeof parentId === "number" ? parentOf(parentId) : undefined;
  const signal = parent === undefined ? request.signal : AbortSignal.any([request.signal, parent.signal]);
  const context: ServiceContext = {
    extensionId,
    generation: number,
    signal,
    onProgress: (value) => request.progress(value),
    ...(parent === undefined ? {} : { parent: { method: parent.method, params: parent.params } }),
  };
  const resume = PROMPTS.has(method) ? parent?.pause() : undefined;
  try {
    return await handler(params as Parameters<typeof handler>[0], context);
  } finally {
    resume?.();
  }
}

/** The extension knows at once, and can do without. */
function refuse(method: string): never {
  throw new TauError(
    "unavailable",
    `This host has nothing that could answer \`${method}\`: no agent that does is attached to it.`,
    {
      executed: "no",
    },
  );
}

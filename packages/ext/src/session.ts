import {
  type CompleteCommandParams,
  DEFAULT_MAX_LINE_BYTES,
  type DeliverEventsParams,
  type ExecuteToolParams,
  type ExtensionNotifications,
  type ExtensionRequests,
  type HelloParams,
  type HelloResult,
  isTauError,
  negotiateProtocol,
  type RunCommandParams,
  type RunHookParams,
  type ShutdownParams,
  SUPPORTED_PROTOCOLS,
  TauError,
} from "tau-protocol";
import { type Channel, createPeer, type Peer, type PeerOptions, type RequestHandler } from "tau-rpc";
import type { Setup } from "./api.ts";
import { ExtensionState } from "./extension-state.ts";
import { asFailure } from "./failure.ts";
import { createHostFetch } from "./host-fetch.ts";

export interface SessionOptions {
  channel: Channel;
  /** Finds the extension's code. Called once, when the host has said hello. */
  loadSetup(): Promise<Setup> | Setup;
  /** Told to the host in the answer to hello, and read not before. */
  readonly name: string;
  readonly version: string;
  /** Heard beside those that every extension hears. @default none */
  notifications?: PeerOptions["notifications"];
  /** Told of the peer before anything comes. @default nobody */
  onPeer?(peer: HostPeer): void;
  /** The channel has ended, or the host asked to stop: the process has no reason to live on. */
  onEnd(): void;
}

export type HostPeer = Peer<ExtensionRequests, ExtensionNotifications>;

/** The extension's side of the conversation, from `hello` to the end of the channel. */
export function startSession(options: SessionOptions): void {
  const state = new ExtensionState((): HostPeer => peer);
  const life: Life = { phase: "new" };
  const peer: HostPeer = createPeer<ExtensionRequests, ExtensionNotifications>(options.channel, {
    requests: {
      hello: (params) => answerHello(params as unknown as HelloParams, { options, state, peer, life }),
      // Answered here, apart from any tool: an answer proves that this process's event loop turns.
      ping: () => ({}),
      shutdown: (params) => shutDown(params as unknown as ShutdownParams, { options, state, life }),
      ...guardAll(life, createHandlers(state)),
    },
    notifications: {
      ...options.notifications,
      "event/deliver": (params) => state.events.deliver((params as unknown as DeliverEventsParams).events),
    },
    onClose: () => options.onEnd(),
  });
  options.onPeer?.(peer);
}

/** What may be asked of the extension (spec/protocol.md, H-5 and L-4). */
interface Life {
  phase: "new" | "setup" | "ready" | "stopping";
}

interface Session {
  options: SessionOptions;
  state: ExtensionState;
  life: Life;
}

function createHandlers(state: ExtensionState): Record<string, RequestHandler> {
  return {
    "tool/execute": (params, request) => state.tools.execute(params as unknown as ExecuteToolParams, request),
    "hook/run": (params, request) => state.events.decide(params as unknown as RunHookParams, request),
    "command/run": (params, request) => state.runCommand(params as unknown as RunCommandParams, request),
    "command/complete": (params) => state.completeCommand(params as unknown as CompleteCommandParams),
    "state/collect": () => state.collect(),
    "selftest/run": () => state.runSelfTest(),
  };
}

function guardAll(life: Life, handlers: Record<string, RequestHandler>): Record<string, RequestHandler> {
  const guard =
    (handler: RequestHandler): RequestHandler =>
    (params, request) => {
      if (life.phase === "ready") return handler(params, request);
      throw life.phase === "stopping" ? shuttingDown() : helloFirst();
    };
  return Object.fromEntries(Object.entries(handlers).map(([method, handler]) => [method, guard(handler)]));
}

/** Runs the author's setup and tells the host all that it registered. */
async function answerHello(
  hello: HelloParams,
  { options, state, peer, life }: Session & { peer: HostPeer },
): Promise<HelloResult> {
  if (life.phase !== "new")
    throw new TauError("invalid-request", "Expected one `hello`, got a second one.", { executed: "no" });
  const protocol = negotiateProtocol(SUPPORTED_PROTOCOLS, hello.protocol);
  if (protocol === undefined) throw protocolMismatch(hello);
  life.phase = "setup";
  peer.setMaxSendBytes(hello.limits?.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES);
  // Before any of the author's code, which may keep `fetch` for later.
  if (hello.services?.includes("http")) globalThis.fetch = createHostFetch(() => peer);
  try {
    const setup = await options.loadSetup();
    if (typeof setup !== "function") throw noSetup(setup);
    await setup(state.createApi(hello));
  } catch (error) {
    throw setupFailure(error);
  }
  if (life.phase === "setup") life.phase = "ready";
  return {
    protocol,
    name: options.name,
    version: options.version,
    sdk: { name: "tau-ext", version: SDK_VERSION, language: "typescript" },
    limits: { maxLineBytes: DEFAULT_MAX_LINE_BYTES },
    ...state.describe(),
  };
}

/** Held against package.json by a test. */
export const SDK_VERSION = "0.1.0";

async function shutDown({ reason }: ShutdownParams, { options, state, life }: Session): Promise<object> {
  if (life.phase === "new") throw helloFirst();
  if (life.phase === "stopping") throw shuttingDown();
  life.phase = "stopping";
  await state.runShutdownHandlers(reason);
  // After the answer has left: the channel's end is what tells the host that this process is done.
  setImmediate(() => options.channel.close());
  return {};
}

function helloFirst(): TauError {
  return new TauError("invalid-request", "Expected `hello` first.", { executed: "no" });
}

function shuttingDown(): TauError {
  return new TauError("shutting-down", "This extension is shutting down.", { executed: "no", retryable: true });
}

function protocolMismatch(hello: HelloParams): TauError {
  return new TauError(
    "protocol-mismatch",
    `Expected a protocol between ${SUPPORTED_PROTOCOLS.min} and ${SUPPORTED_PROTOCOLS.max}, ` +
      `got ${JSON.stringify(hello.protocol)}. Update the older of host and extension.`,
    { executed: "no", detail: { protocol: { ...SUPPORTED_PROTOCOLS } } },
  );
}

function noSetup(value: unknown): TauError {
  return new TauError(
    "setup-failed",
    `Expected the extension's default export to be a function \`setup(api)\`, got ${value === undefined ? "none" : typeof value}. ` +
      "Write `export default function setup(api) { … }`.",
    { executed: "no" },
  );
}

/** Everything that goes wrong before the answer to hello is a failed setup, with the author's stack. */
function setupFailure(error: unknown): TauError {
  if (isTauError(error) && error.code === "setup-failed") return error;
  return asFailure(error, "setup-failed");
}

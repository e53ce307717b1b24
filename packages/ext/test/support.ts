import type {
  ExtensionRequests,
  HelloParams,
  HelloResult,
  HostNotifications,
  HostRequests,
  LogParams,
  TauError,
} from "tau-protocol";
import { createChannelPair, createPeer, type Peer, type RequestHandler } from "tau-rpc";
import type { Setup } from "../src/api.ts";
import { startSession } from "../src/session.ts";

export const HELLO: HelloParams = {
  protocol: { min: 1, max: 1 },
  host: { name: "test", version: "0.0.0" },
  extension: { id: "tested", generation: 1 },
  cwd: "/somewhere",
  limits: { maxLineBytes: 16 * 1024 * 1024 },
  services: [],
};

export interface HostOptions {
  hello?: Partial<HelloParams>;
  /** Answers to the extension's requests. */
  requests?: { [Method in keyof ExtensionRequests]?: RequestHandler };
}

/** The host's side of a session with one extension, in this process. */
export interface TestHost {
  peer: Peer<HostRequests, HostNotifications>;
  logs: LogParams[];
  hello(): Promise<HelloResult>;
  /** Calls a tool and reads the text of its answer. */
  call(tool: string, args?: object): Promise<string>;
  /** How often the extension's process would have ended. */
  ends(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Connects an extension with a host that has not yet said hello. `setup` may be anything: authors export anything. */
export function connectExtension(setup: unknown, options: HostOptions = {}): TestHost {
  const [ours, theirs] = createChannelPair();
  const logs: LogParams[] = [];
  let ends = 0;
  startSession({
    channel: theirs,
    loadSetup: () => setup as Setup,
    name: "tested",
    version: "1.2.3",
    onEnd: () => {
      ends++;
    },
  });
  const peer = createPeer<HostRequests, HostNotifications>(ours, {
    requests: options.requests ?? {},
    notifications: { log: (params) => void logs.push(params as unknown as LogParams) },
  });
  return {
    peer,
    logs,
    hello: () => peer.request("hello", { ...HELLO, ...options.hello }),
    call: async (tool, args = {}) => {
      const { content } = await peer.request("tool/execute", { tool, arguments: args as never });
      return content.map((piece) => (piece.type === "text" ? piece.text : piece.type)).join("\n");
    },
    ends: () => ends,
    async [Symbol.asyncDispose]() {
      peer.close();
      await flush();
    },
  };
}

/** An extension that has answered hello. */
export async function startExtension(
  setup: Setup,
  options: HostOptions = {},
): Promise<TestHost & { offer: HelloResult }> {
  const host = connectExtension(setup, options);
  return { ...host, offer: await host.hello() };
}

/** Lets everything that is ready run. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<TauError> {
  try {
    await promise;
  } catch (error) {
    return error as TauError;
  }
  throw new Error("Expected a rejection, got a result.");
}

export interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}

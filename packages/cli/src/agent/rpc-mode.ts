import type { Agent, AgentEvent, UserInterface } from "tau-agent";
import { type JsonObject, TauError } from "tau-protocol";
import { createPeer, createStreamChannel, type Peer, type RequestHandler } from "tau-rpc";

/** The front end's side: requests of tau to it. */
interface FrontEndRequests {
  "ui/confirm": { params: object; result: { value?: boolean } };
  "ui/select": { params: object; result: { value?: string } };
  "ui/input": { params: object; result: { value?: string } };
  "ui/editor": { params: object; result: { value?: string } };
}

interface FrontEndNotifications {
  event: object;
  "ui/notify": object;
  "ui/status": object;
  "ui/widget": object;
  "ui/title": object;
}

type FrontEnd = Peer<FrontEndRequests, FrontEndNotifications>;

/** `tau --mode rpc`: JSON-RPC 2.0, one message a line, on stdin and stdout. docs/rpc-mode.md lists the methods. */
export class RpcServer {
  readonly user: UserInterface;
  /** Resolves when the front end has gone. */
  readonly closed: Promise<void>;
  readonly #peer: FrontEnd;
  /** Requests that come before it is there wait for it. */
  readonly #agent: Promise<Agent>;
  #resolveAgent: (agent: Agent) => void = () => {};

  constructor(streams: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream }) {
    let markClosed: () => void = () => {};
    this.closed = new Promise((resolve) => (markClosed = resolve));
    this.#agent = new Promise((resolve) => (this.#resolveAgent = resolve));
    this.#peer = createPeer<FrontEndRequests, FrontEndNotifications>(
      createStreamChannel({ readable: streams.stdin, writable: streams.stdout }),
      { requests: handlers(this.#agent), onClose: markClosed },
    );
    this.user = remoteUser(this.#peer);
  }

  /** From now on events are told and requests are answered. */
  serve(agent: Agent): void {
    this.#resolveAgent(agent);
    agent.on((event: AgentEvent) => void this.#peer.notify("event", event));
  }
}

/** Prompts of extensions go to the front end. One that does not know them answers `method-not-found`, which is a dismissal. */
function remoteUser(peer: FrontEnd): UserInterface {
  const ask =
    <Answer>(method: keyof FrontEndRequests) =>
    async (
      params: object,
      { signal, extensionId }: { signal: AbortSignal; extensionId?: string },
    ): Promise<Answer | undefined> => {
      const { value } = await peer.request(method, forFrontEnd(params, extensionId), { signal });
      return value as Answer | undefined;
    };
  const tell = (method: keyof FrontEndNotifications) => (params: object, extension: string) =>
    void peer.notify(method, { ...params, extension });
  return {
    confirm: ask("ui/confirm"),
    select: ask("ui/select"),
    input: ask("ui/input"),
    editor: ask("ui/editor"),
    notify: tell("ui/notify"),
    setStatus: tell("ui/status"),
    setWidget: tell("ui/widget"),
    setTitle: tell("ui/title"),
  };
}

type Params = Record<string, unknown>;
type Method = (agent: Agent, params: Params, signal: AbortSignal) => unknown;

/** What a front end may ask. A method that answers nothing answers `{}`. */
const METHODS: Readonly<Record<string, Method>> = {
  prompt: async (agent, params, signal) => {
    const { error, ...result } = await agent.prompt(textIn(params, "text"), { signal });
    return { ...result, ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }) };
  },
  steer: (agent, params) => agent.steer(textIn(params, "text")),
  followUp: (agent, params) => agent.followUp(textIn(params, "text")),
  abort: (agent) => agent.abort(),
  command: (agent, params, signal) => {
    const { arguments: args = "" } = params;
    return agent.host.runCommand(textIn(params, "name"), typeof args === "string" ? args : "", { signal });
  },
  bash: (agent, params, signal) => agent.runBash(textIn(params, "command"), { signal }),
  compact: (agent, { instructions }, signal) =>
    agent.compact({ signal, ...(typeof instructions === "string" ? { instructions } : {}) }),
  reload: async (agent, params) => void (await agent.host.reload(textIn(params, "extension"))),
  setModel: (agent, params) => agent.setModel(textIn(params, "model")),
  newSession: (agent) => agent.switchSession({ kind: "new" }),
  resumeSession: (agent, params) => agent.switchSession({ kind: "resume", id: textIn(params, "id") }),
  getSessions: async (agent) => ({ sessions: await agent.listSessions() }),
  getMessages: (agent) => ({ messages: agent.session.messages() }),
  getState: (agent) => describe(agent),
};

function handlers(agent: Promise<Agent>): Record<string, RequestHandler> {
  const handle =
    (method: Method): RequestHandler =>
    async (params, { signal }) =>
      (await method(await agent, params, signal)) ?? {};
  return Object.fromEntries(Object.entries(METHODS).map(([name, method]) => [name, handle(method)]));
}

function describe(agent: Agent): JsonObject {
  const { state, session, model, queued } = agent;
  const name = session.name === undefined ? {} : { name: session.name };
  return {
    state,
    queued,
    session: { id: session.id, ...name },
    ...model,
    tools: agent.activeTools(),
    commands: agent.host
      .commands()
      .map(({ name: command, description, extensionId }) => ({ name: command, description, extensionId })),
    extensions: agent.host
      .extensions()
      .map(({ id, state: extensionState, generation }) => ({ id, state: extensionState, generation })),
    contextUsage: { ...agent.contextUsage() },
    usage: { ...agent.usage() },
  };
}

function textIn(params: Params, field: string): string {
  const value = params[field];
  if (typeof value === "string") return value;
  throw new TauError(
    "invalid-params",
    `Expected \`${field}\` to be a text, got ${JSON.stringify(value) ?? "nothing"}.`,
    { executed: "no" },
  );
}

/** Whose call it belongs to is between tau and the extension. */
function forFrontEnd(params: object, extension: string | undefined): object {
  const { meta: _, ...shown } = params as { meta?: unknown };
  return extension === undefined ? shown : { ...shown, extension };
}

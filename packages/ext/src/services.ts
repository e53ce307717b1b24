import type { GenerateParams, JsonObject, ToolResult } from "tau-protocol";
import type { RequestContext, RequestOptions } from "tau-rpc";
import type { AgentControl, Asking, AskOptions, CallToolOptions, Choice, Model, Session, Ui } from "./asking.ts";
import type { HostPeer } from "./session.ts";

/** The request that something is asked for. */
export type Parent = Pick<RequestContext, "id" | "signal">;

/** The author's end of the requests that an agent answers. Each area is made when first asked for: most calls ask for none. */
export class Services implements Asking {
  readonly #peer: () => HostPeer;
  readonly #parent: Parent | undefined;

  constructor(peer: () => HostPeer, parent?: Parent) {
    this.#peer = peer;
    this.#parent = parent;
  }

  get ui(): Ui {
    return createUi(this.#peer, (options) => this.#belonging(options));
  }

  get model(): Model {
    return createModel(this.#peer, (options) => this.#belonging(options));
  }

  get session(): Session {
    return createSession(this.#peer, () => this.#belonging());
  }

  /** Bound, because authors take it out of `ctx`. */
  get callTool(): Asking["callTool"] {
    return (tool: string, args: JsonObject = {}, options: CallToolOptions = {}) => {
      const { onProgress } = options;
      return this.#peer().request(
        "tool/call",
        { tool, arguments: args },
        { ...this.#belonging(options), onProgress: onProgress && ((value) => onProgress(value as ToolResult)) },
      );
    };
  }

  /** Given up with what it is asked for. */
  #belonging({ signal }: AskOptions = {}): RequestOptions {
    const parent = this.#parent;
    if (parent === undefined) return { signal };
    return {
      parent: parent.id,
      signal: signal === undefined ? parent.signal : AbortSignal.any([signal, parent.signal]),
    };
  }
}

type Belonging = (options?: AskOptions) => RequestOptions;

function createUi(peer: () => HostPeer, belonging: Belonging): Ui {
  return {
    confirm: async (title, { message, signal } = {}) =>
      (await peer().request("ui/confirm", { title, ...given({ message }) }, belonging(only(signal)))).value,
    select: async (title, choices, { signal } = {}) => {
      const options = choices.map((choice): Choice => (typeof choice === "string" ? { value: choice } : choice));
      return (await peer().request("ui/select", { title, options }, belonging(only(signal)))).value;
    },
    input: async (title, { signal, ...options } = {}) =>
      (await peer().request("ui/input", { title, ...options }, belonging(only(signal)))).value,
    editor: async (title, { signal, ...options } = {}) =>
      (await peer().request("ui/editor", { title, ...options }, belonging(only(signal)))).value,
    notify: (message, level) => void peer().notify("ui/notify", { message, ...given({ level }) }),
    setStatus: (key, text) => void peer().notify("ui/status", { key, ...given({ text }) }),
    setWidget: (key, lines) => void peer().notify("ui/widget", { key, ...given({ lines: lines && [...lines] }) }),
    setTitle: (text) => void peer().notify("ui/title", given({ text })),
  };
}

function createModel(peer: () => HostPeer, belonging: Belonging): Model {
  return {
    generate: async (request, options) => {
      const params: GenerateParams =
        typeof request === "string"
          ? { messages: [{ role: "user", content: [{ type: "text", text: request }] }] }
          : request;
      const result = await peer().request("model/generate", params, belonging(options));
      const text = result.content.map((content) => (content.type === "text" ? content.text : "")).join("");
      return { ...result, text };
    },
  };
}

function createSession(peer: () => HostPeer, belonging: () => RequestOptions): Session {
  return {
    entries: (after) => readAll(peer, "session/entries", { after, belonging }),
    branch: (after) => readAll(peer, "session/branch", { after, belonging }),
    getName: async () => (await peer().request("session/getName", {}, belonging())).name,
    setName: async (name) => void (await peer().request("session/setName", { name }, belonging())),
  };
}

/** A long session comes in pieces. */
async function readAll(
  peer: () => HostPeer,
  method: "session/entries" | "session/branch",
  { after, belonging }: { after: string | undefined; belonging: () => RequestOptions },
): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  let last = after;
  for (;;) {
    const { entries, more } = await peer().request(method, given({ after: last }), belonging());
    all.push(...entries);
    const id = entries.at(-1)?.["id"];
    if (!more || typeof id !== "string") return all;
    last = id;
  }
}

export function createAgentControl(peer: () => HostPeer): AgentControl {
  return {
    getActiveTools: async () => (await peer().request("agent/getActiveTools", {})).tools,
    setActiveTools: async (tools) => void (await peer().request("agent/setActiveTools", { tools: [...tools] })),
    getModel: () => peer().request("agent/getModel", {}),
    setModel: async (model, thinking) =>
      void (await peer().request("agent/setModel", { model, ...given({ thinking }) })),
    getContextUsage: () => peer().request("agent/getContextUsage", {}),
    abort: async () => void (await peer().request("agent/abort", {})),
    compact: async (instructions) => void (await peer().request("agent/compact", given({ instructions }))),
    reload: async (extension) => void (await peer().request("agent/reload", given({ extension }))),
  };
}

/** The fields that have a value: `undefined` is no JSON. */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function only(signal: AbortSignal | undefined): AskOptions {
  return signal === undefined ? {} : { signal };
}

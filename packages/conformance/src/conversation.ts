import type { JsonObject, JsonValue } from "tau-protocol";
import { CheckFailure, shown } from "./failure.ts";
import type { LineChecker, Validate } from "./line-checker.ts";
import { LineReader, notALine, type Received } from "./line-reader.ts";
import { matches } from "./matches.ts";
import type { Exit, Subject } from "./subject.ts";

export interface ConversationOptions {
  subject: Subject;
  checker: LineChecker;
  validate: Validate;
  /** How long each expected line has to come. */
  timeoutMs: number;
}

/** What `hello` says where a check says nothing else. */
export const HELLO = {
  protocol: { min: 1, max: 1 },
  host: { name: "conformance", version: "1.0.0" },
  extension: { id: "reference", generation: 1 },
  cwd: "/",
  config: {},
  limits: { maxLineBytes: 16_777_216 },
  services: ["state", "ui", "model", "tool", "bus", "session", "agent", "message"],
} as const satisfies JsonObject;

/** Nothing but what must be there. */
export const BARE_HELLO = {
  protocol: HELLO.protocol,
  host: HELLO.host,
  extension: HELLO.extension,
  cwd: HELLO.cwd,
  limits: HELLO.limits,
  services: [],
} as const satisfies JsonObject;

const KEPT_LINES = 40;
/** How long a host that has no time reads nothing. */
const STALL_MS = 300;

/** Plays the host's part in one conversation with one process, and holds every line of the extension against the schema. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #reader: LineReader;
  #nextId = 1;
  #hasEnded = false;
  /** The newest lines of both sides, `→` from the host. */
  readonly transcript: string[] = [];
  /** What the extension has logged so far. */
  readonly logs: JsonObject[] = [];

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#reader = new LineReader(options.subject.readable);
  }

  get printed(): string {
    return this.#options.subject.printed();
  }

  /** Says hello and answers what the extension offers. */
  async hello(params: JsonObject = {}): Promise<JsonObject> {
    const id = this.request("hello", { ...HELLO, ...params });
    const answer = await this.expect({ id, result: { protocol: 1 } });
    return answer["result"] as JsonObject;
  }

  /** Sends a request with the next id, which it answers. */
  request(method: string, params: JsonObject = {}): number {
    const id = this.#nextId++;
    this.send({ jsonrpc: "2.0", id, method, params });
    return id;
  }

  /** Takes an id without using it. */
  takeId(): number {
    return this.#nextId++;
  }

  call(tool: string, args: JsonObject = {}, meta?: JsonObject): number {
    return this.request("tool/execute", { tool, arguments: args, ...(meta === undefined ? {} : { meta }) });
  }

  notify(method: string, params: JsonObject): void {
    this.send({ jsonrpc: "2.0", method, params });
  }

  cancel(id: number): void {
    this.notify("$/cancel", { id });
  }

  answer(id: JsonValue | undefined, result: JsonObject): void {
    this.send({ jsonrpc: "2.0", id: id ?? null, result });
  }

  refuse(id: JsonValue | undefined, error: JsonObject): void {
    this.send({ jsonrpc: "2.0", id: id ?? null, error });
  }

  send(line: JsonObject): void {
    // Only for the checker to know what was asked: what this side sends is not what is tested.
    this.#options.checker.check("host", line, () => []);
    this.write(`${JSON.stringify(line)}\n`);
  }

  /** Bytes as they are. */
  write(bytes: string | Buffer): void {
    this.#note("→", typeof bytes === "string" ? bytes.trimEnd() : `${bytes.length} bytes`);
    this.#options.subject.writable.write(bytes);
  }

  /** Waits until everything that was sent is on its way: the process has read it, or the system keeps it for it. */
  async flush(): Promise<void> {
    const { writable, exited } = this.#options.subject;
    const written = new Promise<void>((resolve) => void writable.write("", () => resolve()));
    await this.#within(Promise.race([written, exited.then(() => undefined)]), "the extension to go on reading");
  }

  /** Reads nothing for as long as `work` takes, and a while longer. */
  async stall(work: () => Promise<void> | void, pauseMs = STALL_MS): Promise<void> {
    const { readable } = this.#options.subject;
    readable.pause();
    await work();
    // The pause is the fault, not a wait for something.
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    readable.resume();
  }

  /** The next line that is no log, checked. */
  async next(awaited = "a line"): Promise<JsonObject> {
    for (;;) {
      const line = this.#accept(await this.#within(this.#reader.next(), awaited), awaited);
      if (!isLog(line)) return line;
    }
  }

  /** The next line has to match. Logs that don't match are passed over. */
  async expect(expected: JsonObject): Promise<JsonObject> {
    return (await this.expectAll([expected]))[0] as JsonObject;
  }

  /** So many lines have to match, in any order. */
  async expectAll(expected: readonly JsonObject[]): Promise<JsonObject[]> {
    const open = [...expected];
    const found: JsonObject[] = [];
    while (open.length > 0) {
      const awaited = open.length === 1 ? shown(open[0]) : `${open.length} lines like ${shown(open[0])}`;
      const line = this.#accept(await this.#within(this.#reader.next(), awaited), awaited);
      const index = open.findIndex((each) => matches(line, each));
      if (index !== -1) {
        open.splice(index, 1);
        found.push(line);
      } else if (!isLog(line)) throw new CheckFailure(awaited, shown(line));
    }
    return found;
  }

  /** A call's answer is this text. */
  expectText(id: number, text: string): Promise<JsonObject> {
    return this.expect(textAnswer(id, text));
  }

  /** A request's answer is an error of this kind. */
  expectError(id: number, kind: string, message?: string): Promise<JsonObject> {
    return this.expect(errorAnswer(id, kind, message));
  }

  /** The next line answers a ping: nothing else came before it, and the extension lives. */
  async ping(): Promise<void> {
    const id = this.request("ping");
    await this.expect({ id, result: {} });
  }

  /** Closes the channel. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#note("→", "(end of the channel)");
    this.#options.subject.writable.end();
  }

  /** Waits for the process to be gone. */
  async exit(): Promise<Exit> {
    const { subject } = this.#options;
    subject.readable.resume();
    return this.#within(subject.exited, "the process to exit");
  }

  /** The end of every check: the channel is closed, the process exits, and no line is left that nobody asked for. */
  async finish(): Promise<void> {
    const [line] = await this.drain();
    if (line !== undefined) throw new CheckFailure("no further line", shown(line));
  }

  /** The same, where the extension may still have had something to say: answers what it said, without logs. */
  async drain(): Promise<JsonObject[]> {
    this.end();
    await this.exit();
    const rest: JsonObject[] = [];
    for (let received = await this.#reader.next(); received !== undefined; received = await this.#reader.next()) {
      // The end of the channel may cut a line in two.
      if ("cut" in received) continue;
      const line = this.#accept(received, "nothing more");
      if (!isLog(line)) rest.push(line);
    }
    return rest;
  }

  #accept(received: Received | undefined, awaited: string): JsonObject {
    if (received === undefined) throw new CheckFailure(awaited, "the end of the channel");
    if ("cut" in received) throw new CheckFailure(awaited, `the end of the channel behind ${shown(received.cut)}`);
    if ("broken" in received) throw notALine(received.broken);
    const { line, text } = received;
    this.#note("←", text);
    const { checker, validate } = this.#options;
    const complaints = [...checker.check("extension", line, validate), ...checker.checkId("extension", line)];
    if (!text.startsWith('{"jsonrpc":"2.0"')) complaints.push('F-4: a line begins with {"jsonrpc":"2.0"');
    if (complaints.length > 0) throw new CheckFailure(`a line as the schema has it: ${complaints[0]}`, shown(text));
    if (isLog(line)) this.logs.push(line["params"] as JsonObject);
    return line;
  }

  async #within<T>(promise: Promise<T>, awaited: string): Promise<T> {
    const { timeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new CheckFailure(awaited, `nothing for ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #note(arrow: string, text: string): void {
    this.transcript.push(`${arrow} ${shown(text)}`);
    if (this.transcript.length > KEPT_LINES) this.transcript.splice(2, 1);
  }
}

export function textAnswer(id: number, text: string): JsonObject {
  return { id, result: { content: [{ type: "text", text }] } };
}

export function errorAnswer(id: number, kind: string, message?: string): JsonObject {
  return { id, error: { ...(message === undefined ? {} : { message: { $contains: message } }), data: { kind } } };
}

export function isLog(line: JsonObject): boolean {
  return line["method"] === "log" && !("id" in line);
}

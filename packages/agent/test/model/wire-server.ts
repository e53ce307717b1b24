import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** What the server does with one request. */
export type Answer = (response: ServerResponse, asked: Asked) => void | Promise<void>;

/** A provider on this machine: gives one answer after the other, and keeps what it was asked. */
export class WireServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #answers: Answer[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async open(): Promise<WireServer> {
    const server = new WireServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answer(...answers: Answer[]): this {
    this.#answers.push(...answers);
    return this;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = {
      path: request.url ?? "",
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
    };
    this.asked.push(asked);
    const answer = this.#answers.shift() ?? error(500, { message: "nothing more to say" });
    await answer(response, asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const EVENT_STREAM = { "content-type": "text/event-stream" };

/** The events of a stream, as they are on the wire. */
export function stream(text: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(200, { ...EVENT_STREAM, ...headers });
    // In small pieces that cut lines and characters anywhere, as networks do.
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += 37) response.write(bytes.subarray(start, start + 37));
    response.end();
  };
}

/** A stream that ends in the middle: the connection is reset, or closed as if that were all. */
export function cutStream(text: string, how: "reset" | "end"): Answer {
  return async (response) => {
    response.writeHead(200, EVENT_STREAM);
    if (text !== "") await new Promise((resolve) => response.write(text, resolve));
    else response.flushHeaders();
    if (how === "end") response.end();
    else setTimeout(() => response.destroy(), 20);
  };
}

/** A stream that begins and never ends. `onClose`: the client has gone. */
export function hangingStream(text: string, onClose: () => void): Answer {
  return (response) => {
    response.on("close", onClose);
    response.writeHead(200, EVENT_STREAM);
    response.flushHeaders();
    if (text !== "") response.write(text);
  };
}

export function error(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

/** `data: …` for each value; with `event: …` before it where it has a `type` and the provider names its events. */
export function events(values: readonly unknown[], { named = false, done = false } = {}): string {
  const lines = values.map((value) => {
    const name = named ? `event: ${(value as { type: string }).type}\n` : "";
    return `${name}data: ${JSON.stringify(value)}\n\n`;
  });
  return lines.join("") + (done ? "data: [DONE]\n\n" : "");
}

/** A promise that somebody else resolves. Node 20 has none of its own. */
export function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, createPathChannel, createStreamChannel } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { type Child, createSocketPair, firstLine, startChild } from "./processes.ts";
import { numbered, Recorder } from "./support.ts";

/** Children, and when they have a socket. */
const ways = {
  "that Node opens at once": () => startChild("fd-child.mjs"),
  "that Node opens late, after the first message": () => startLate(),
  "that Node opens late, before there is any": async () => {
    const child = await startLate();
    await firstLine(child.stderr);
    return child;
  },
};

/** As the launcher does it: with a descriptor that does not block. */
const startLate = async (): Promise<Child> => startChild("fd-child.mjs", ["late"], await createSocketPair());

describe.each(Object.entries(ways))("in a child, on an fd 3 %s", (_, start) => {
  test("messages go there and back in order", async () => {
    await using child = await start();
    const { channel, recorder } = listenTo(child);
    const texts = Array.from({ length: 200 }, (_, index) => "é€".repeat(index * 10));
    for (const [index, text] of texts.entries()) {
      channel.send({ jsonrpc: "2.0", id: index + 1, method: "echo", params: { text } });
    }
    const expected = texts.map((text, index) => ({ jsonrpc: "2.0", id: index + 1, method: "said", params: { text } }));
    expect(await recorder.received(200)).toEqual(expected);
  });

  test("a message of several MB arrives there and back", async () => {
    await using child = await start();
    const { channel, recorder } = listenTo(child);
    const text = "😀".repeat(1_500_000);
    channel.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { text } });
    expect(await recorder.received(1)).toEqual([{ jsonrpc: "2.0", id: 1, method: "said", params: { text } }]);
  });

  test("a reader that starts late gets every byte in order, though the socket was full", async () => {
    await using child = await start();
    const flood = { count: 300, text: "é€😀", times: 3000 };
    child.socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "flood", params: flood })}\n`);
    expect(Number(await firstLine(child.stdout))).toBeGreaterThan(5_000_000);
    const { recorder } = listenTo(child);
    const said = flood.text.repeat(flood.times);
    const expected = Array.from({ length: 300 }, (_, index) => index + 1);
    const messages = await recorder.received(300);
    expect(messages.map((message) => "id" in message && message.id)).toEqual(expected);
    expect(messages.every((message) => "params" in message && message.params?.["text"] === said)).toBe(true);
    expect(recorder.faults).toEqual([]);
  });

  test("closing sends what is queued, nothing after it, and ends once", async () => {
    await using child = await start();
    const { channel, recorder } = listenTo(child);
    channel.send({ jsonrpc: "2.0", id: 1, method: "close" });
    expect(await recorder.end()).toBeUndefined();
    expect(recorder.messages.map((message) => "id" in message && message.id)).toEqual([1, 2]);
    expect(await firstLine(child.stdout)).toBe("closed in order");
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test("closing ends the child's channel even if the other side leaves its own end open", async () => {
    await using child = await start();
    // Read, but never ended from here.
    Object.assign(child.socket, { allowHalfOpen: true });
    child.socket.resume();
    child.socket.write('{"jsonrpc":"2.0","id":1,"method":"close"}\n');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test("the end of the other side ends the child's channel", async () => {
    await using child = await start();
    const { channel, recorder } = listenTo(child);
    channel.send({ jsonrpc: "2.0", id: 1, method: "echo", params: {} });
    await recorder.received(1);
    channel.close();
    expect(await firstLine(child.stdout)).toBe("closed in order");
  });

  test("half a line at the end is a fault there", async () => {
    await using child = await start();
    child.socket.end('{"jsonrpc"');
    expect(await firstLine(child.stdout)).toBe('{"kind":"unfinished-line","text":"{\\"jsonrpc\\""}');
  });

  test("the child's exit ends the channel here", async () => {
    await using child = await start();
    const { channel, recorder } = listenTo(child);
    channel.send({ jsonrpc: "2.0", id: 1, method: "exit" });
    await recorder.end();
    channel.send(numbered(2));
    expect(recorder.order).toEqual(["closed"]);
    expect(await child.exited).toEqual({ code: 7, signal: null });
  });

  test("writing to a killed child ends the channel here and throws nothing", async () => {
    await using child = await start();
    const { channel, recorder } = listenTo(child);
    child.process.kill("SIGKILL");
    for (let id = 1; id <= 50; id++) channel.send(numbered(id, "x".repeat(10_000)));
    await recorder.end();
    expect(recorder.order).toEqual(["closed"]);
  });
});

describe("to a path", () => {
  test("messages sent before the connection stands arrive", async () => {
    await using server = await startServer();
    const channel = createPathChannel({ path: server.path });
    channel.listen(new Recorder());
    channel.send(numbered(1));
    channel.send(numbered(2));
    const recorder = new Recorder();
    const accepted = await server.accept();
    createStreamChannel({ readable: accepted, writable: accepted }).listen(recorder);
    expect(await recorder.received(2)).toEqual([numbered(1), numbered(2)]);
    channel.close();
    expect(await recorder.end()).toBeUndefined();
  });

  test("what came before anybody listened is told in order, the end included", async () => {
    await using server = await startServer();
    const channel = createPathChannel({ path: server.path });
    const accepted = await server.accept();
    accepted.end(`${JSON.stringify(numbered(1))}\ngarbage\n`);
    await once(accepted, "close");
    const recorder = new Recorder();
    channel.listen(recorder);
    await recorder.end();
    expect(recorder.order).toEqual(["message", "fault", "closed"]);
  });

  test("nobody listening there ends the channel with the error", async () => {
    const channel = createPathChannel({ path: join(tmpdir(), "tau-rpc-nobody-listens-here") });
    const recorder = new Recorder();
    channel.listen(recorder);
    channel.send(numbered(1));
    expect(await recorder.end()).toMatchObject({ code: "ENOENT" });
  });
});

function listenTo(child: Child): { channel: Channel; recorder: Recorder } {
  const recorder = new Recorder();
  const channel = createStreamChannel({ readable: child.socket, writable: child.socket });
  channel.listen(recorder);
  return { channel, recorder };
}

interface TestServer {
  path: string;
  accept(): Promise<Socket>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function startServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "tau-rpc-"));
  const path = join(folder, "socket");
  const server: Server = createServer().listen(path);
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await once(server, "listening");
  return {
    path,
    async accept() {
      if (sockets.length === 0) await once(server, "connection");
      return sockets[0] as Socket;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A conversation with Node's inspector. */
export interface InspectorClient {
  /** Rejects when the inspector says no, or ends. */
  send(method: string, params?: object): Promise<unknown>;
  /** Resolves when the inspector has hung up, or this side has. */
  ended: Promise<void>;
  hangUp(): void;
}

interface Pending {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Thousands of functions. What is longer is no answer of Node's. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** @throws Error when nobody answers there in time */
export async function connectInspector(url: string, timeoutMs: number): Promise<InspectorClient> {
  // Loaded here: most hosts never need it.
  const { WebSocket: Socket } = await import("ws");
  const socket = new Socket(url, {
    handshakeTimeout: timeoutMs,
    maxPayload: MAX_ANSWER_BYTES,
    perMessageDeflate: false,
  });
  const pending = new Map<number, Pending>();
  const ended = new Promise<void>((resolve) => {
    socket.once("close", () => {
      for (const { reject } of pending.values()) reject(new Error("The inspector has hung up."));
      pending.clear();
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    // Stays on: what goes wrong later ends the socket, and that is listened for.
    socket.on("error", reject);
  });
  socket.on("message", (data) => settle(pending, (data as Buffer).toString()));
  let lastId = 0;
  return {
    send: (method, params = {}) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) {
          reject(new Error("The inspector has hung up."));
          return;
        }
        pending.set(++lastId, { resolve, reject });
        socket.send(JSON.stringify({ id: lastId, method, params }));
      }),
    ended,
    // At once: a process that is stuck does not say goodbye.
    hangUp: () => socket.terminate(),
  };
}

function settle(pending: Map<number, Pending>, text: string): void {
  const { id, result, error } = parse(text);
  if (id === undefined) return;
  const waiting = pending.get(id);
  pending.delete(id);
  if (error === undefined) waiting?.resolve(result);
  else waiting?.reject(new Error(`The inspector refused: ${JSON.stringify(error)}`));
}

function parse(text: string): { id?: number; result?: unknown; error?: unknown } {
  try {
    return JSON.parse(text) as { id?: number };
  } catch {
    // Not Node's inspector, but somebody who printed an address like its own: no answer will come.
    return {};
  }
}

// E in a worker thread: what it takes to survive its endless loops. A call over its time ends the thread, and a new one starts.
import { once } from "node:events";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const LIMIT_MS = 300;

if (!isMainThread) {
  const { open: openInside } = await import("./e-wasm.mjs");
  const inside = /** @type {any} */ (await openInside({ source: new URL(workerData) }));
  const answerOne = async (/** @type {{ id: number, name: string, argument: unknown }} */ { id, name, argument }) => {
    const answer = await inside[name](argument).catch((/** @type {Error} */ error) => ({ error: error.message }));
    parentPort?.postMessage({ id, answer });
  };
  parentPort?.on("message", (message) => void answerOne(message));
  parentPort?.postMessage({ id: 0, answer: inside.buildMs });
}

/** @param {{ source: URL }} options */
export async function open({ source }) {
  /** @type {Map<number, (answer: any) => void>} */
  const pending = new Map();
  let last = 0;
  const start = async () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: source.href });
    const [{ answer }] = await once(worker, "message");
    worker.on("message", (message) => {
      pending.get(message.id)?.(message.answer);
      pending.delete(message.id);
    });
    return { worker, buildMs: answer };
  };
  let current = await start();
  const call = (/** @type {string} */ name, /** @type {unknown} */ argument) =>
    /** @type {Promise<any>} */ (
      new Promise((resolve, reject) => {
        last += 1;
        pending.set(last, (answer) =>
          answer?.error === undefined ? resolve(answer) : reject(new Error(answer.error)),
        );
        current.worker.postMessage({ id: last, name, argument });
      })
    );
  const ended = async () => {
    await new Promise((resolve) => setTimeout(resolve, LIMIT_MS));
    await current.worker.terminate();
    current = await start();
  };
  const methods = Object.fromEntries(
    ["echo", "sleep", "get", "version", "leave", "crash", "load"].map((name) => [
      name,
      (/** @type {unknown} */ argument) => call(name, argument),
    ]),
  );
  return {
    ...methods,
    buildMs: current.buildMs,
    spin: () => Promise.race([call("spin", undefined), ended()]),
    close: () => current.worker.terminate(),
  };
}

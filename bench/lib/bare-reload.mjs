// Reloading with nothing around it: a directory is watched, and what answers is replaced.
import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { createInterface } from "node:readline";
import { spawnOnFd3 } from "./fd3-child.mjs";

/** @typedef {import("../contestants/index.mjs").ReloadOptions} ReloadOptions */
/** @typedef {{ version: () => Promise<string>, close: () => Promise<unknown> }} Loaded */

/**
 * Loads on each save, and asks for the version.
 * @param {ReloadOptions} options
 * @param {() => Promise<Loaded>} load
 * @returns {Promise<import("../contestants/index.mjs").Reloading>}
 */
export async function onSave({ entry }, load) {
  let current = await load();
  await current.version();
  /** @type {{ version: string, resolve: (value: undefined) => void } | undefined} */
  let waiting;
  let loading = Promise.resolve();
  const reload = async () => {
    const next = await load();
    const version = await next.version();
    if (version === waiting?.version) waiting.resolve(undefined);
    void current.close();
    current = next;
  };
  let wanted = false;
  const watcher = watch(dirname(entry), (_event, name) => {
    if (name !== basename(entry) || wanted) return;
    wanted = true; // one plain save is two events
    loading = loading.then(() => {
      wanted = false;
      return reload();
    });
  });
  return {
    answered: (version) => new Promise((resolve) => (waiting = { version, resolve })),
    close: async () => {
      watcher.close();
      await loading;
      await current.close();
    },
  };
}

/**
 * Gives each version to a process of its own: one that waits, or one started for it.
 * @param {"spare" | "fresh"} kind
 * @param {ReloadOptions} options
 * @param {() => Promise<string>} compile
 */
export async function loadInto(kind, options, compile) {
  const take = kind === "spare" ? spares() : openProcess;
  return onSave(options, async () => {
    const { run, version, close } = take();
    run(await compile());
    return { version, close };
  });
}

/** The next process starts a while after the last one was taken, so that it does not take that one's core. */
function spares() {
  let next = openProcess();
  return () => {
    const taken = next;
    setTimeout(() => (next = openProcess()), 50);
    return taken;
  };
}

function openProcess() {
  const { socket, close } = spawnOnFd3("reload-spare.mjs");
  const answers = createInterface({ input: socket });
  return {
    run: (/** @type {string} */ code) => socket.write(`${JSON.stringify({ code })}\n`),
    version: () =>
      /** @type {Promise<string>} */ (
        new Promise((resolve) => {
          answers.once("line", (line) => resolve(JSON.parse(line).text));
          socket.write("{}\n");
        })
      ),
    close,
  };
}

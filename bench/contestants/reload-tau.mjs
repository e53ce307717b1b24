// tau as an embedder uses it: a host that watches, and a call whenever it says that something has changed.
import { createHost } from "tau-host";

/** @param {import("./index.mjs").ReloadOptions} options */
export async function open({ directory, entry, cacheDir }) {
  const host = await createHost({ cwd: directory, cacheDir });
  await host.load(entry);
  const stop = host.watch();
  /** @type {{ version: string, resolve: (value: undefined) => void } | undefined} */
  let waiting;
  const ask = async () => {
    const { content } = await host.call("version");
    if (content[0].text === waiting?.version) waiting.resolve(undefined);
  };
  host.on("extension", ({ to }) => void (to === "ready" && ask()));
  return {
    answered: (/** @type {string} */ version) => new Promise((resolve) => (waiting = { version, resolve })),
    close: async () => {
      stop();
      await host.close();
    },
  };
}

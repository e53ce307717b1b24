// tau: one event of the host's, delivered to every extension that hears of it.
import { createHost } from "tau-host";
import { childPath } from "../lib/fd3-child.mjs";

/** @param {{ cacheDir: string, extensions: number }} options */
export async function open({ cacheDir, extensions }) {
  const host = await createHost({ cwd: childPath("."), cacheDir });
  const numbers = Array.from({ length: extensions }, (_, number) => number);
  for (const number of numbers) await host.load(childPath("hears.ts"), { id: `hears-${number}`, config: { number } });
  return {
    emit: (/** @type {string} */ text) => host.emit("message_update", { text }),
    heard: async () => {
      const results = await Promise.all(numbers.map((number) => host.call(`heard_${number}`)));
      return results.reduce((sum, { content }) => sum + Number(content[0].text), 0);
    },
    close: () => host.close(),
  };
}

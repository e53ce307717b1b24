// A process that waits is given the bundle of all files, made by a bundler that has read the others before.
import { context } from "esbuild";
import { loadInto } from "../lib/bare-reload.mjs";

/** @param {import("./index.mjs").ReloadOptions} options */
export async function open(options) {
  const bundler = await context({
    entryPoints: [options.entry],
    outfile: "bundle.js",
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    sourcemap: "external",
  });
  const connection = await loadInto("spare", options, async () => {
    const { outputFiles } = await bundler.rebuild();
    return outputFiles.find(({ path }) => path.endsWith(".js"))?.text ?? "";
  });
  return {
    ...connection,
    close: async () => {
      await connection.close();
      await bundler.dispose();
    },
  };
}

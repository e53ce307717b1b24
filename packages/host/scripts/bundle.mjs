// The processes the host starts beside itself, as one file each: they start in a fraction of the time.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL("..", import.meta.url));
const shared = { bundle: true, platform: "node", target: "node20", absWorkingDir: here, legalComments: "none" };

await build({
  ...shared,
  format: "cjs",
  entryPoints: ["dist/launch/launcher.js"],
  outfile: join(here, "dist/launcher.cjs"),
});
await build({
  ...shared,
  format: "esm",
  entryPoints: ["dist/build/builder.js"],
  outfile: join(here, "dist/builder.mjs"),
  external: ["esbuild", "tau-ext"],
});

// Makes tau-ext stand alone: what it uses of tau-protocol and tau-rpc goes into its own files, code and types both, so
// that an author who installs it installs nothing else.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { makeRunner } from "./runner.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
const finished = join(here, "dist");
const dist = join(here, "dist.next");
const guest = join(dist, "guest");
const shared = { bundle: true, platform: "node", target: "node20", absWorkingDir: here, legalComments: "none" };

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await build({ ...shared, format: "esm", entryPoints: ["build/index.js", "build/serve.js"], outdir: dist });
await makeRunner(shared, dist);
await makeGuest();
copyTypes(join(here, "build"), dist, "./protocol/index.js");
copyTypes(join(here, "../protocol/dist"), join(dist, "protocol"), "./index.js");
// At once, so that nobody who runs meanwhile finds half of it.
rmSync(finished, { recursive: true, force: true });
renameSync(dist, finished);

/** The engine, the SDK that runs in it, and the process around both: one folder, which is all that such a process needs of the machine. */
async function makeGuest() {
  mkdirSync(guest);
  const engine = dirname(createRequire(import.meta.url).resolve("quickjs-wasi/package.json"));
  copyFileSync(join(engine, "quickjs.wasm"), join(guest, "quickjs.wasm"));
  copyFileSync(join(engine, "LICENSE"), join(guest, "LICENSE.quickjs-wasi"));
  const { ENGINE_PARTS, makeSnapshot, SNAPSHOT_NAME } = await import("../build/guest-runner/engine.js");
  for (const part of ENGINE_PARTS)
    copyFileSync(join(engine, "extensions", part, `${part}.so`), join(guest, `${part}.so`));
  for (const [entry, name] of [
    ["guest-runner", "runner"],
    ["component-runner", "component-runner"],
  ])
    await build({
      ...shared,
      format: "cjs",
      entryPoints: [`build/${entry}/main.js`],
      outfile: join(guest, `${name}.cjs`),
    });
  writeFileSync(join(guest, SNAPSHOT_NAME), await makeSnapshot(guest, await bundleSdk()));
}

/** For QuickJS: what of the packages is there for Node alone falls away, and must. */
async function bundleSdk() {
  const withoutNode = {
    name: "without-node",
    setup: (context) => {
      context.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "node", sideEffects: false }));
      context.onLoad({ filter: /.*/, namespace: "node" }, () => ({ contents: "module.exports = {};" }));
    },
  };
  const { metafile, outputFiles } = await build({
    ...shared,
    write: false,
    platform: "neutral",
    target: "es2023",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    entryPoints: ["build/guest/boot.js"],
    plugins: [withoutNode],
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const kept = Object.entries(inputs).filter(
    ([path, { bytesInOutput }]) => path.startsWith("node:") && bytesInOutput > 0,
  );
  if (kept.length > 0) throw new Error(`The SDK for guests uses ${kept.map(([path]) => path).join(", ")} of Node's.`);
  return outputFiles[0].text;
}

/** Declarations of inner files, which only the code needs, stay behind. */
function copyTypes(from, to, protocol) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((file) => file.endsWith(".d.ts"))) {
    const text = readFileSync(join(from, name), "utf8");
    if (text.includes('"tau-rpc"')) continue;
    const alone = text
      .replaceAll('"tau-protocol"', JSON.stringify(protocol))
      .replace(/\n\/\/# sourceMappingURL.*$/m, "");
    writeFileSync(join(to, name), alone);
  }
}

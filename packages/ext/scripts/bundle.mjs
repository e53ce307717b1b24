// Makes tau-ext stand alone: what it uses of tau-protocol and tau-rpc goes into its own files, code and types both, so
// that an author who installs it installs nothing else.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL("..", import.meta.url));
const finished = join(here, "dist");
const dist = join(here, "dist.next");
const shared = { bundle: true, platform: "node", target: "node20", absWorkingDir: here, legalComments: "none" };

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await build({ ...shared, format: "esm", entryPoints: ["build/index.js", "build/serve.js"], outdir: dist });
await build({ ...shared, format: "cjs", entryPoints: ["build/runner.js"], outfile: join(dist, "runner.cjs") });
copyTypes(join(here, "build"), dist, "./protocol/index.js");
copyTypes(join(here, "../protocol/dist"), join(dist, "protocol"), "./index.js");
// At once, so that nobody who runs meanwhile finds half of it.
rmSync(finished, { recursive: true, force: true });
renameSync(dist, finished);

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

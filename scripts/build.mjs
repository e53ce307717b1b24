// Builds all packages: `tsc -b` first, then the scripts of those packages that also bundle.
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runStep, say } from "./run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = join(root, "packages");

const started = performance.now();
forgetMissingOutputs();
runStep("tsc", process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "--pretty", "false"], {
  cwd: root,
});
for (const script of bundleScripts()) runStep(relative(root, script), process.execPath, [script], { cwd: root });
makeExecutable(join(packages, "cli/dist/bin.js"));
say(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);

/** tsc trusts its build info and does not look whether the outputs still exist, so a deleted dist needs this. */
function forgetMissingOutputs() {
  for (const name of readdirSync(packages)) {
    if (existsSync(join(packages, name, "dist/index.js"))) continue;
    rmSync(join(root, "node_modules/.cache/tsc", `${name}.tsbuildinfo`), { force: true });
  }
}

function bundleScripts() {
  const ext = join(packages, "ext/scripts/bundle.mjs");
  const host = join(packages, "host/scripts");
  const hostScripts = existsSync(host) ? readdirSync(host).filter((file) => file.endsWith(".mjs")) : [];
  return [...(existsSync(ext) ? [ext] : []), ...hostScripts.sort().map((file) => join(host, file))];
}

/** tsc writes plain files; npm links the command before it is built and so cannot set the bit. */
function makeExecutable(file) {
  if (existsSync(file)) chmodSync(file, 0o755);
}

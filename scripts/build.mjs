// Builds all packages: the SDK as its users get it, then everything else with `tsc -b`, then the scripts of packages that also bundle.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runStep, say } from "./run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = join(root, "packages");

const started = performance.now();
forgetMissingOutputs();
// tau's own extension is written with the SDK's package, like any other.
compile("packages/ext");
run(join(packages, "ext/scripts/bundle.mjs"));
compile(".");
for (const script of hostScripts()) run(script);
run(join(packages, "conformance/scripts/spec.mjs"));
run(join(packages, "cli/scripts/bundle.mjs"));
say(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);

function compile(project) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  runStep("tsc", process.execPath, [tsc, "-b", project, "--pretty", "false"], { cwd: root });
}

function run(script) {
  runStep(relative(root, script), process.execPath, [script], { cwd: root });
}

/** tsc trusts its build info and does not look whether the outputs still exist, so a deleted dist needs this. */
function forgetMissingOutputs() {
  for (const name of readdirSync(packages)) {
    if (existsSync(join(packages, name, "dist/index.js"))) continue;
    rmSync(join(root, "node_modules/.cache/tsc", `${name}.tsbuildinfo`), { force: true });
  }
}

function hostScripts() {
  const folder = join(packages, "host/scripts");
  const names = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  return names.sort().map((name) => join(folder, name));
}

// Runs the tests of the sandbox as an ordinary user, where this one is root's: the kernel holds root to less than it holds others, and to
// other things. Files may be named in place of these. With any other user there is nothing to do: `npm test` is that already.
import { spawnSync } from "node:child_process";
import { accessSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { say } from "./run.mjs";

/** Nobody, on every Linux. */
const USER = 65_534;
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TESTS = [
  "packages/host/test/sandbox",
  "packages/host/test/landlock.test.ts",
  "packages/host/test/wasm",
  "packages/host/test/http.test.ts",
  "packages/host/test/policy.test.ts",
  "packages/host/test/limits.test.ts",
  "packages/cli/test/sandbox.test.ts",
  "packages/cli/test/grant.test.ts",
  "tests/sandbox-extensions.test.ts",
];

if (process.getuid?.() !== 0) {
  say("not root: the sandbox is tested as an ordinary user by `npm test` already.");
  process.exit(0);
}

const home = mkdtempSync(join(tmpdir(), "tau-nobody-"));
chownSync(home, USER, USER);
try {
  process.exitCode = runAsNobody(process.argv.slice(2));
} finally {
  rmSync(home, { recursive: true, force: true });
}

function runAsNobody(files) {
  const user = ["--reuid", String(USER), "--regid", String(USER), "--clear-groups"];
  // What lies in root's home, such as a Python of its own, is out of reach.
  const environment = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, TMPDIR: home, LANG: "C.UTF-8" };
  const run = (command, args) =>
    spawnSync("setpriv", [...user, command, ...args], { cwd: ROOT, env: environment, stdio: "inherit" });
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  accessSync(vitest);
  if (run("test", ["-r", vitest]).status !== 0) {
    say(
      `expected ${ROOT} to be readable by everybody, which a folder on the way is not. Put it elsewhere, such as in /tmp.`,
    );
    return 1;
  }
  // `runner`: the other ways to read the configuration write beside it.
  const args = [vitest, "run", "--configLoader", "runner", ...(files.length > 0 ? files : TESTS)];
  return run(process.execPath, args).status ?? 1;
}

// Keeps what V8 makes of the runner's code: `node compile-runner.mjs <bundle> <name> <version> <code>`. Runs the code as the runner does, for
// one conversation on descriptor 3, so that the functions which every start needs are among what is kept.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";

const code = process.argv[5];
const script = new Script(readFileSync(code, "utf8"), { filename: code });
script.runInThisContext()(createRequire(code), code, (url) => import(url));
process.once("exit", () => writeFileSync(`${code}.v8`, script.createCachedData()));

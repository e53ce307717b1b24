// node bench/pages.mjs: writes the charts and tables of docs/ anew, from the newest thorough result of each suite in bench/results.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pages } from "./lib/pages.mjs";
import { newest } from "./lib/results.mjs";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const made = pages(newest());
mkdirSync(`${docs}benchmarks`, { recursive: true });
for (const name of readdirSync(`${docs}benchmarks`)) {
  if (!made.has(`benchmarks/${name}`)) rmSync(`${docs}benchmarks/${name}`); // of a suite that is no more
}
for (const [path, text] of made) writeFileSync(docs + path, text);
console.log(`${made.size} files written`);

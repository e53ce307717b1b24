// npm run bench -- [--quick] [--only NAME]… [--without CONTESTANT]… [--json FILE]
// Exit code 0 even when a target is missed (the table says so), 1 when a suite could not be measured.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { install } from "./lib/install.mjs";
import { corePinnedTo, describeMachine } from "./lib/machine.mjs";
import { summarise, textOf } from "./lib/report.mjs";
import { runSuite } from "./lib/run-suite.mjs";
import { suites } from "./suites/index.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    without: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
  },
});

const unknown = flags.only.find((name) => !suites.some((suite) => suite.name === name));
if (unknown !== undefined) {
  console.error(`bench: no suite is called ${unknown}; there are: ${suites.map((suite) => suite.name).join(", ")}`);
  process.exit(1);
}
const chosen = suites.filter((suite) => flags.only.length === 0 || flags.only.includes(suite.name));

install();
const core = corePinnedTo();
const machine = describeMachine(core);
for (const [name, value] of Object.entries(machine)) console.log(`${name}: ${value}`);
console.log("");

const cacheDir = mkdtempSync(join(tmpdir(), "tau-bench-"));
process.on("exit", () => rmSync(cacheDir, { recursive: true, force: true })); // also when interrupted

const summaries = [];
const failures = [];
for (const suite of chosen) {
  try {
    const rounds = await runSuite(suite, { quick: flags.quick, without: flags.without, cacheDir, core });
    const summary = summarise(suite, rounds);
    summaries.push(summary);
    console.log(textOf(summary));
  } catch (error) {
    failures.push({ suite: suite.name, error: String(error) });
    console.error(`${suite.name}: FAILED\n  ${String(error).replaceAll("\n", "\n  ")}\n`);
  }
}

if (flags.json !== undefined) {
  writeFileSync(
    flags.json,
    `${JSON.stringify({ machine, quick: flags.quick, suites: summaries, failures }, null, 2)}\n`,
  );
}

const aims = summaries.flatMap(({ suite, aims }) => aims.map((aim) => ({ ...aim, name: `${suite}: ${aim.name}` })));
for (const verdict of ["MISSED", "not measured"]) {
  const names = aims.filter((aim) => aim.verdict === verdict).map((aim) => aim.name);
  if (names.length > 0) console.log(`${verdict}: ${names.join("; ")}`);
}
console.log(`targets met: ${aims.filter((aim) => aim.verdict === "ok").length}`);
process.exitCode = failures.length === 0 ? 0 : 1;

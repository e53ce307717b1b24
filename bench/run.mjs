// npm run bench -- [--quick] [--only NAME]… [--without CONTESTANT]… [--json FILE] [--markdown] [--keep] [--compare] [--save-baseline]
// Exit code 0 even when a target is missed (the table says so), 1 when a suite could not be measured, 2 when --compare finds a ratio
// with a target that is worse than the baseline by more than the noise.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compare, comparisonText, ratiosOf, readBaseline, writeBaseline } from "./lib/compare.mjs";
import { install } from "./lib/install.mjs";
import { corePinnedTo, describeMachine } from "./lib/machine.mjs";
import { markdownOf, summarise, textOf } from "./lib/report.mjs";
import { keep } from "./lib/results.mjs";
import { runSuite } from "./lib/run-suite.mjs";
import { suites } from "./suites/index.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    without: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    markdown: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    compare: { type: "boolean", default: false },
    "save-baseline": { type: "boolean", default: false },
  },
});

const names = suites.flatMap(({ name, group }) => (group === undefined ? [name] : [name, group]));
const unknown = flags.only.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`bench: no suite is called ${unknown}; there are: ${[...new Set(names)].join(", ")}`);
  process.exit(1);
}
const chosen = suites.filter(
  ({ name, group }) => flags.only.length === 0 || flags.only.includes(name) || flags.only.includes(group ?? name),
);
const baseline = flags.compare ? readBaseline() : undefined; // now, so that a missing one does not cost a run
const started = new Date();

install();
const core = corePinnedTo();
const machine = describeMachine(core);
for (const [name, value] of Object.entries(machine))
  console.log(flags.markdown ? `- ${name}: ${value}` : `${name}: ${value}`);
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
    console.log(flags.markdown ? markdownOf(summary) : textOf(summary));
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

// A whole run is kept by itself; a part only when asked for, so that trying something leaves no trace.
if (flags.keep || (flags.only.length === 0 && flags.without.length === 0 && failures.length === 0)) {
  console.log(`kept in ${keep({ machine, quick: flags.quick, summaries, now: started })}`);
}
const ratios = ratiosOf(summaries);
if (flags["save-baseline"]) {
  const about = `${started.toISOString().slice(0, 10)}${flags.quick ? ", --quick" : ""}`;
  writeBaseline({ about, node: machine.node, cpu: machine.cpu, ratios });
}
let worse = false;
if (baseline !== undefined) {
  const comparison = compare(baseline.ratios, ratios);
  console.log(`\n${comparisonText(comparison, baseline)}\n`);
  worse = comparison.moved.some(({ how }) => how === "WORSE");
}

const aims = summaries.flatMap(({ suite, aims }) => aims.map((aim) => ({ ...aim, name: `${suite}: ${aim.name}` })));
for (const verdict of ["MISSED", "not measured"]) {
  const names = aims.filter((aim) => aim.verdict === verdict).map((aim) => aim.name);
  if (names.length > 0) console.log(`${verdict}: ${names.join("; ")}`);
}
console.log(`targets met: ${aims.filter((aim) => aim.verdict === "ok").length}`);
process.exitCode = failures.length > 0 ? 1 : worse ? 2 : 0;

// Exit code 0 even when a target is missed (the table says so), 1 when a suite or contestant could not be measured, 2 when --compare
// finds a ratio with a target that is worse than the baseline by more than the noise.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterQuick, compare, comparisonText, ratiosOf, readBaseline, writeBaseline } from "./lib/compare.mjs";
import { readFlags, USAGE } from "./lib/flags.mjs";
import { install } from "./lib/install.mjs";
import { corePinnedTo, describeMachine } from "./lib/machine.mjs";
import { markdownOf, summarise, textOf, verdictsText } from "./lib/report.mjs";
import { keep } from "./lib/results.mjs";
import { runDriver } from "./lib/run-driver.mjs";
import { contestantsOf, runSuite } from "./lib/run-suite.mjs";
import { choose } from "./suites/index.mjs";

/** Read before anything is installed: a wrong flag must not cost minutes. */
function readCommandLine() {
  try {
    const flags = readFlags(process.argv.slice(2));
    if (flags.help) {
      console.log(USAGE);
      process.exit();
    }
    return { flags, ...choose(flags) };
  } catch (error) {
    console.error(`bench: ${/** @type {Error} */ (error).message}\n\n${USAGE}`);
    process.exit(1);
  }
}

const { flags, chosen, leftOut } = readCommandLine();
const baseline = flags.compare ? readBaseline() : undefined; // now, so that a missing one does not cost a run
const started = new Date();

install();
if (chosen.some((suite) => contestantsOf(suite, flags).includes("pi"))) install("../pi/");
const core = corePinnedTo();
const machine = describeMachine(core);
for (const [name, value] of Object.entries(machine))
  console.log(flags.markdown ? `- ${name}: ${value}` : `${name}: ${value}`);
console.log("");

const cacheDir = mkdtempSync(join(tmpdir(), "tau-bench-"));
process.on("exit", () => rmSync(cacheDir, { recursive: true, force: true })); // also when interrupted

// Whoever can't have it built says so when it is measured.
if (chosen.some((suite) => contestantsOf(suite, flags).some((name) => ["tau-rust", "rust"].includes(name))))
  await runDriver("build-rust.mjs", { cacheDir }, undefined).catch(() => undefined);

const summaries = [];
const failures = [];
for (const suite of chosen) {
  const start = performance.now();
  const { rounds, failures: failed } = await runSuite(suite, { ...flags, cacheDir, core });
  for (const { contestant, error } of failed) {
    failures.push({ suite: suite.name, contestant, error });
    console.error(`${suite.name}: ${contestant} FAILED\n  ${error.replaceAll("\n", "\n  ")}\n`);
  }
  const summary = summarise(suite, rounds);
  summaries.push(summary);
  console.log(flags.markdown ? markdownOf(summary) : textOf(summary));
  if (!flags.markdown) console.log(`  took ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

if (flags.json !== undefined) {
  const { quick } = flags;
  writeFileSync(flags.json, `${JSON.stringify({ machine, quick, suites: summaries, failures }, null, 2)}\n`);
}

// A whole run is kept by itself; a part or a quick one only when asked for, so that trying something leaves no trace.
const kind = flags.quick ? "quick" : flags.thorough ? "thorough" : "usual";
const whole = !flags.quick && flags.only.length === 0 && flags.without.length === 0 && failures.length === 0;
if (flags.keep || whole) {
  const charts = kind === "thorough" ? "; charts: node bench/pages.mjs" : "";
  console.log(`kept in ${keep({ machine, kind, summaries, now: started })}${charts}`);
}
const ratios = ratiosOf(summaries);
if (flags["save-baseline"]) {
  const about = `${started.toISOString().slice(0, 10)}${kind === "usual" ? "" : `, --${kind}`}`;
  writeBaseline({ about, node: process.version, cpu: String(machine.cpu), ratios });
}
let worse = false;
if (baseline !== undefined) {
  const comparison = compare(baseline.ratios, ratios);
  console.log(`\n${comparisonText(comparison, baseline)}\n`);
  // Fewer calls in two rounds: what warms up is less warm, and the noise is not known. A hint, and no verdict.
  if (flags.quick && comparison.moved.length > 0) console.log(`${afterQuick(comparison.moved)}\n`);
  worse = !flags.quick && comparison.moved.some(({ how }) => how === "WORSE");
}

console.log(verdictsText(summaries));
if (leftOut.length > 0) console.log(`left out with --quick: ${leftOut.join(", ")}`);
process.exitCode = failures.length > 0 ? 1 : worse ? 2 : 0;

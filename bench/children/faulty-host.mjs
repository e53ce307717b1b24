// A host to throw away: it beats every few ms, does something to one mechanism, and says when that answers again. One line for each.
// Arguments: mechanism, cache, fault.
import { setTimeout as sleep } from "node:timers/promises";
import { held } from "../lib/held.mjs";
import { openMechanism } from "../mechanisms/index.mjs";

const [contestant, cacheDir, fault] = process.argv.slice(2);
const RELOADS = 20;
const say = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const mechanism = await openMechanism({ contestant, cacheDir });
const answers = async () => (await mechanism.echo("here")) === "here";
if (!(await answers())) throw new Error("the echo is not one");

/** Each version leaves a timer or thread behind, and is replaced. What is still there afterwards? */
async function leave() {
  const before = held();
  for (let i = 1; i <= RELOADS; i++) {
    await mechanism.leave();
    await mechanism.load(`v${String(i).padStart(7, "0")}`);
  }
  await sleep(3000); // old versions are given time to end
  const after = held();
  const left = (/** @type {"timers" | "threads" | "processes"} */ name) => Math.max(0, after[name] - before[name]);
  // The beat below is a timer too; it has not begun yet.
  say({ left: left("timers") + left("threads") + left("processes") });
}

if (fault === "leave") {
  await leave();
} else {
  setInterval(() => say({ beat: true }), 5);
  await sleep(200);
  say({ fault });
  const start = performance.now();
  // Whether the call itself fails or never ends is the mechanism's matter.
  await Promise.race([mechanism[fault]().catch(() => undefined), sleep(1000)]);
  while (!(await Promise.race([answers().catch(() => false), sleep(1000).then(() => false)]))) await sleep(10);
  say({ again: performance.now() - start });
}
say({ done: true });
await sleep(300); // whatever was left behind is given time to do harm
process.exit(0);

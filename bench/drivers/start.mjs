// Time from asking for a process to its readiness, and to its first answer, where it answers anything. Each in a driver of its own, so
// that all spawn from an equally small process.
import { drive } from "../lib/drive.mjs";
import { starters } from "../lib/starters.mjs";
import { median } from "../lib/stats.mjs";

/** @typedef {{ contestant: string, cacheDir: string, starts: number }} Options */

await drive(async (/** @type {Options} */ options) => {
  const startOnce = await starters[options.contestant](options);
  const starts = [];
  for (let i = -2; i < options.starts; i++) {
    const times = await startOnce();
    if (i >= 0) starts.push(times); // the first two fill caches: the file system's, and tau's build cache
  }
  const ready = median(starts.map((start) => start.ready));
  const answers = starts.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  return answers.length === 0 ? { ready } : { ready, answer: median(answers) };
});

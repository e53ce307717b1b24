// Time of a call with a small request and a large text as its result, for texts of several sizes.
import { connect } from "../contestants/index.mjs";
import { drive } from "../lib/drive.mjs";
import { median } from "../lib/stats.mjs";

const MB = 1_000_000;
/** What takes seconds needs no warm-up. */
const HUGE = 20 * MB;
/** Of the small ones as many more, up to this factor, so that V8 has optimised what it will for each size. */
const MOST_REPEATS = 40;

/** @typedef {{ contestant: string, cacheDir: string, calls: number, maxLineBytes?: number, sizes: Record<string, number> }} Options */

await drive(async (/** @type {Options} */ options) => {
  const connection = await connect(options);

  /** @param {number} bytes @param {number} calls */
  const timeOf = async (bytes, calls) => {
    const times = [];
    for (let i = bytes > HUGE ? 0 : -2; i < calls; i++) {
      const start = performance.now();
      const text = await connection.produce(bytes);
      const ms = performance.now() - start;
      if (text.length !== bytes) throw new Error(`${options.contestant} gave ${text.length} bytes for ${bytes}`);
      if (i >= 0) times.push(ms);
    }
    return median(times);
  };

  /** @type {Record<string, number>} */
  const figures = {};
  for (const [key, bytes] of Object.entries(options.sizes)) {
    const repeats = Math.min(MOST_REPEATS, Math.max(1, (3 * MB) / bytes));
    const ms = await timeOf(bytes, Math.ceil(options.calls * repeats));
    figures[key] = ms;
    figures[`${key}_each`] = (ms * MB) / bytes;
  }
  await connection.close();
  return figures;
});

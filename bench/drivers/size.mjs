// Time of a call with a small request and a large text as its result.
import { connect } from "../contestants/index.mjs";
import { drive } from "../lib/drive.mjs";
import { median } from "../lib/stats.mjs";

const MB = 1_000_000;

await drive(async (/** @type {{ contestant: string, cacheDir: string, calls: number }} */ options) => {
  const connection = await connect(options);

  /** @param {number} bytes @param {number} calls */
  const timeOf = async (bytes, calls) => {
    const times = [];
    for (let i = -2; i < calls; i++) {
      const start = performance.now();
      const text = await connection.produce(bytes);
      const ms = performance.now() - start;
      if (text.length !== bytes) throw new Error(`${options.contestant} gave ${text.length} bytes for ${bytes}`);
      if (i >= 0) times.push(ms);
    }
    return median(times);
  };

  const mb1 = await timeOf(MB, options.calls * 3);
  const mb10 = await timeOf(10 * MB, options.calls);
  await connection.close();
  return { mb1, mb10 };
});

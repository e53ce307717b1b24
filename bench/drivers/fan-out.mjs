// CPU time of the host's process alone for each delivery of a 200-byte event, and that none was lost. The question by which that is
// known is asked between the measured bursts and does not count.
import { drive } from "../lib/drive.mjs";

const TEXT = "x".repeat(200);

/** @typedef {{ contestant: string, cacheDir: string, extensions: number, bursts: number, perBurst: number }} Options */

/** Until all that was emitted has been written: nobody writes later than in the next turn of the event loop. */
const written = async () => {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
};

await drive(async (/** @type {Options} */ options) => {
  const { extensions, bursts, perBurst } = options;
  const { open } = await import(`../contestants/fan-out-${options.contestant}.mjs`);
  const connection = await open(options);
  let sent = 0;
  /** CPU time in µs. @param {number} count */
  const run = async (count) => {
    let cpuUs = 0;
    for (let burst = 0; burst < count; burst++) {
      const before = process.cpuUsage();
      for (let event = 0; event < perBurst; event++) connection.emit(TEXT);
      await written();
      const { user, system } = process.cpuUsage(before);
      cpuUs += user + system;
      sent += perBurst * extensions;
      const heard = await connection.heard();
      if (heard !== sent) throw new Error(`${options.contestant}: ${sent} events sent, ${heard} heard`);
    }
    return cpuUs;
  };
  await run(Math.ceil(bursts / 2));
  const cpuUs = await run(bursts);
  await connection.close();
  return { cpuUs: cpuUs / (bursts * perBurst * extensions) };
});

// CPU time of the host's process alone for each delivery of a 200-byte event, and that none was lost.
import { drive } from "../lib/drive.mjs";

const TEXT = "x".repeat(200);

await drive(
  async (
    /** @type {{ contestant: string, cacheDir: string, extensions: number, bursts: number, perBurst: number }} */ options,
  ) => {
    const { extensions, bursts, perBurst } = options;
    const { open } = await import(`../contestants/fan-out-${options.contestant}.mjs`);
    const connection = await open(options);
    let sent = 0;
    const run = async (/** @type {number} */ count) => {
      for (let burst = 0; burst < count; burst++) {
        for (let event = 0; event < perBurst; event++) connection.emit(TEXT);
        sent += perBurst * extensions;
        const heard = await connection.heard();
        if (heard !== sent) throw new Error(`${options.contestant}: ${sent} events sent, ${heard} heard`);
      }
    };
    await run(Math.ceil(bursts / 2));
    const before = process.cpuUsage();
    await run(bursts);
    const { user, system } = process.cpuUsage(before);
    await connection.close();
    return { cpuUs: (user + system) / (bursts * perBurst * extensions) };
  },
);

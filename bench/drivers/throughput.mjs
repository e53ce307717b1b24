// Calls per second with many in flight, and the CPU time of a call over host, launcher and extension together.
import { connect } from "../contestants/index.mjs";
import { drive } from "../lib/drive.mjs";
import { treeCpuMs } from "../lib/proc.mjs";

await drive(
  async (
    /** @type {{ contestant: string, cacheDir: string, bytes: number, warmupMs: number, runMs: number, inFlight: number }} */ options,
  ) => {
    const connection = await connect(options);
    const text = "x".repeat(options.bytes);

    /** Keeps inFlight calls under way for a time; gives their number. @param {number} ms */
    const run = async (ms) => {
      const end = performance.now() + ms;
      let calls = 0;
      const caller = async () => {
        while (performance.now() < end) {
          await connection.echo(text);
          calls += 1;
        }
      };
      await Promise.all(Array.from({ length: options.inFlight }, caller));
      return calls;
    };

    await run(options.warmupMs);
    const cpuBefore = treeCpuMs();
    const start = performance.now();
    const calls = await run(options.runMs);
    const seconds = (performance.now() - start) / 1000;
    const cpuMs = treeCpuMs() - cpuBefore;

    await connection.close();
    return { perSecond: calls / seconds, cpuUs: (cpuMs * 1000) / calls };
  },
);

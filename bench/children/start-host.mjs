// A process that opens a host, loads extensions put off until they are needed, and says so. Arguments: cache, sources …
import { createHost } from "tau-host";

const [cacheDir, ...sources] = process.argv.slice(2);
const host = await createHost({ cacheDir, stateDir: `${cacheDir}/state`, start: "lazy" });
await Promise.all(sources.map((source) => host.load(source)));
if (host.tools().length !== sources.length)
  throw new Error(`Expected ${sources.length} tools, got ${host.tools().length}.`);
process.stdout.write("ready\n");
await host.close();

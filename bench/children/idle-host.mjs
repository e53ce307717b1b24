// A host that loads extensions, prints their pids as JSON, and waits until stdin ends. Arguments: cache, sources …
import { once } from "node:events";
import { createHost } from "tau-host";

const [cacheDir, ...sources] = process.argv.slice(2);
const host = await createHost({ cacheDir, stateDir: `${cacheDir}/state` });
const extensions = await Promise.all(sources.map((source) => host.load(source)));
console.log(JSON.stringify(extensions.map(({ pid }) => pid)));
await once(process.stdin.resume(), "end");
await host.close();

// A host with one extension, built just now so that its builder is there too. It says when it is ready, and is killed.
import { createHost } from "tau-host";
import { childPath } from "../lib/fd3-child.mjs";

const host = await createHost({ cwd: childPath("."), cacheDir: process.argv[2] });
await host.load(childPath("echo.ts"));
console.log("ready");

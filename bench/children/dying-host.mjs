// A host with one extension that tells the extension's pid, and is killed by whoever asked.
import { createHost } from "tau-host";
import { childPath } from "../lib/fd3-child.mjs";

const host = await createHost({ cwd: childPath("."), cacheDir: process.argv[2] });
const { pid } = await host.load(childPath("echo.ts"));
console.log(String(pid));

#!/usr/bin/env node
import nodeModule from "node:module";
import { join } from "node:path";
import process from "node:process";
import { tauHome } from "./discovery/places.ts";
import { isAgent } from "./is-agent.ts";

/** From Node 22.1 on. */
const { enableCompileCache } = nodeModule as { enableCompileCache?: (directory: string) => unknown };

// The next agent need not compile what this one did. Node keeps what the first one needed and adds nothing to it, so the other commands,
// which need little of it, keep nothing. Where the directory can't be written, all is compiled as ever.
if (isAgent(process.argv.slice(2))) enableCompileCache?.(join(tauHome(process.env), "cache", "code"));
await import("./main.ts");

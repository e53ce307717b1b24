// What a process holds, as the kernel and Node see it.
import { readFileSync, readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { descendants } from "./proc.mjs";

/** Garbage is collected first, so that only what is held counts. */
export function held() {
  setFlagsFromString("--expose-gc");
  const gc = /** @type {() => void} */ (runInNewContext("gc"));
  gc();
  gc();
  const status = readFileSync("/proc/self/status", "latin1");
  const number = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1]);
  return {
    kb: number("VmRSS"),
    threads: number("Threads"),
    maps: readFileSync("/proc/self/maps", "latin1").split("\n").length,
    fds: readdirSync("/proc/self/fd").length,
    timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length,
    processes: descendants(process.pid).length,
  };
}

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isAlive, livingProcesses, until } from "../packages/host/test/support/processes.ts";
import { print, quantile } from "./support/figures.ts";
import { SCENARIO_TIMEOUT_MS, sized } from "./support/size.ts";

const HOST = fileURLToPath(new URL("fixtures/host.mjs", import.meta.url));
const EXTENSION = fileURLToPath(new URL("../packages/host/test/fixtures/raw.mjs", import.meta.url));

const MOMENTS = ["start", "idle", "calls", "reload"] as const;
const WITHIN_MS = 2000;
/** The kill comes at a random time after its moment, at most this long, in milliseconds. */
const LONGEST_DELAY_MS = 120;

interface Wrapper {
  name: string;
  /** What stands between the host and the extension. The tag is in the command line of every process. */
  command: (tag: string) => string[];
  /** How many there are with the tag once all are there, the host included. */
  processes: number;
  /** What stands between the host and whoever started it. */
  host?: (command: string[]) => string[];
}

const extension = (tag: string): string[] => [process.execPath, EXTENSION, "well", tag];
const shell = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(" ");
/** Never ends by itself, and is found by its tag: no shell takes its own process for it. */
const forever = (tag: string): string => `${process.execPath} -e 'setInterval(() => {}, 1e6)' ${tag}`;

const WRAPPERS: Wrapper[] = [
  { name: "nothing", processes: 2, command: extension },
  { name: "sh -c", processes: 3, command: (tag) => ["sh", "-c", `${shell(extension(tag))}; true`] },
  { name: "npm exec", processes: 3, command: (tag) => ["npm", "exec", "--offline", "-c", shell(extension(tag))] },
  {
    name: "a Python launcher",
    processes: 3,
    command: (tag) => [
      "python3",
      "-c",
      "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))",
      ...extension(tag),
    ],
  },
  {
    name: "grandchildren in sessions of their own",
    processes: 5,
    command: (tag) => [
      "sh",
      "-c",
      `setsid ${forever(tag)} & (setsid ${forever(tag)} &) ; ${shell(extension(tag))}; true`,
    ],
  },
  {
    name: "daemons that cleared their environment",
    processes: 3,
    command: (tag) => [
      "sh",
      "-c",
      `(setsid env -i sh -c "(${forever(tag).replaceAll('"', '\\"')} &)" &) ; exec ${shell(extension(tag))}`,
    ],
  },
  {
    name: "a shell around the host",
    processes: 3,
    command: extension,
    host: (command) => ["sh", "-c", `${shell(command)}; true`],
  },
];

const KILLS = sized({ full: 1000, quick: 14 });

for (const [index, wrapper] of WRAPPERS.entries()) {
  const kills = Math.ceil((KILLS - index) / WRAPPERS.length);
  test(
    `a killed host leaves no process behind ${wrapper.name}`,
    async () => {
      const times: number[] = [];
      for (let round = 0; round < kills; round++) {
        const moment = MOMENTS[(round + index) % MOMENTS.length] ?? "idle";
        times.push(await killOnce(wrapper, moment));
      }
      print(`${kills} kills behind ${wrapper.name}`, {
        "p50 ms": quantile(times, 0.5),
        "slowest ms": Math.max(...times),
        "processes left": 0,
      });
    },
    SCENARIO_TIMEOUT_MS,
  );
}

/** @returns how long the last process outlived the host, in milliseconds */
async function killOnce(wrapper: Wrapper, moment: (typeof MOMENTS)[number]): Promise<number> {
  const tag = `chaos-${randomBytes(8).toString("hex")}`;
  const directory = mkdtempSync(join(tmpdir(), "tau-test-"));
  const task = JSON.stringify({ command: wrapper.command(tag), moment, cacheDir: join(directory, "cache") });
  // Base64, so that no shell in between reads what is meant for the host.
  const [command = "", ...args] = (wrapper.host ?? ((words) => words))([process.execPath, HOST, encode(task), tag]);
  const outermost = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
  const pids = new Set<number>([outermost.pid ?? 0]);
  try {
    const host = await hostAt(moment, outermost.stdout as NodeJS.ReadableStream, pids);
    if (moment === "idle") await until("all its processes", () => tagged(tag).length >= wrapper.processes);
    await sleep(Math.random() * LONGEST_DELAY_MS);
    process.kill(host, "SIGKILL");
    return await outlived(wrapper.name, moment, () => [...pids].filter(isAlive).concat(tagged(tag)));
  } finally {
    for (const pid of [...pids, ...tagged(tag)]) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Waits until it is so far. */
async function hostAt(moment: string, output: NodeJS.ReadableStream, pids: Set<number>): Promise<number> {
  let host = 0;
  for await (const line of createInterface({ input: output })) {
    const told = JSON.parse(line) as { host?: number; launcher?: number; moment?: string };
    host = told.host ?? host;
    for (const pid of [told.host, told.launcher]) if (pid !== undefined) pids.add(pid);
    if (told.moment === moment) return host;
  }
  throw new Error(`The host ended before it came to ${moment}.`);
}

async function outlived(wrapper: string, moment: string, left: () => number[]): Promise<number> {
  const start = performance.now();
  for (;;) {
    const pids = left();
    const timeMs = performance.now() - start;
    if (pids.length === 0) return timeMs;
    if (timeMs > WITHIN_MS) {
      expect.fail(`${moment}, behind ${wrapper}: after ${WITHIN_MS} ms lived\n${pids.map(commandLine).join("\n")}`);
    }
    await sleep(5);
  }
}

function tagged(tag: string): number[] {
  return livingProcesses().filter((pid) => commandLine(pid).includes(tag));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}

// Runs one driver process to its end and reads the figures it prints.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

// Long enough to compile all crates of a Rust extension on a busy machine.
const TIME_LIMIT_MS = 400_000;

/** Nothing but what a process needs: a single variable such as NODE_EXTRA_CA_CERTS can double Node's start. */
const environment = { PATH: process.env.PATH, HOME: process.env.HOME };

/** A driver leads a process group, so that nothing it started stays behind. @param {number | undefined} pid */
function killGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

/**
 * @param {string} file of ../drivers
 * @param {object} options
 * @param {number | undefined} core to pin the driver and all that it starts to
 * @returns {Promise<Record<string, number>>}
 */
export function runDriver(file, options, core) {
  const path = fileURLToPath(new URL(`../drivers/${file}`, import.meta.url));
  const node = [process.execPath, path, JSON.stringify(options)];
  const [command, ...args] = core === undefined ? node : ["taskset", "-c", String(core), ...node];

  return new Promise((resolve, reject) => {
    const driver = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    let errors = "";
    let late = false;
    driver.stdout.on("data", (chunk) => (output += chunk));
    driver.stderr.on("data", (chunk) => (errors = (errors + chunk).slice(-4000)));
    driver.on("error", reject);

    const limit = setTimeout(() => {
      late = true;
      killGroup(driver.pid);
    }, TIME_LIMIT_MS);
    const interrupted = () => {
      killGroup(driver.pid);
      process.exit(130);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);

    driver.on("exit", (code, signal) => {
      clearTimeout(limit);
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      killGroup(driver.pid);
      // Not "close": a process that outlived the driver would hold the pipes open. Its output is whole by the next turn.
      setTimeout(() => {
        driver.stdout.destroy();
        driver.stderr.destroy();
        const why = late ? `took more than ${TIME_LIMIT_MS / 1000} s` : `ended with ${signal ?? code}`;
        if (code !== 0) reject(new Error(`driver ${file} ${why}\n${errors.trim()}`));
        else resolve(JSON.parse(output.trim().split("\n").at(-1) ?? ""));
      }, 20);
    });
  });
}

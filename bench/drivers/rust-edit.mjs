// Time from saving a `.rs` file to the first answer of the new code; and of `cargo build` alone, of the same change, in a copy of the
// project that tau makes of the file. Both use one target directory, so that neither compiles the crates.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openRustHost } from "../contestants/tau-rust.mjs";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { median } from "../lib/stats.mjs";

const run = promisify(execFile);
const source = readFileSync(childPath("echo.rs"), "utf8");
/** Never the same twice, over all rounds: what was compiled before starts from the cache. */
const stamp = Date.now();

/** @typedef {{ contestant: string, cacheDir: string, edits: number }} Options */

const versionOf = (/** @type {number} */ edit) => `v${stamp}-${edit}`;
const textOf = (/** @type {number} */ edit) => source.replace('"v0"', `"${versionOf(edit)}"`);

/** @type {Record<string, (folder: string, options: Options) => Promise<{ edit: (n: number) => Promise<void>, close: () => Promise<void> }>>} */
const contestants = {
  tau: async (folder, { cacheDir }) => {
    const host = await openRustHost({ cacheDir });
    const entry = join(folder, "edited.rs");
    writeFileSync(entry, textOf(0));
    await host.load(entry);
    const stop = host.watch();
    /** @type {() => void} */
    let told = () => {};
    host.on("extension", ({ to }) => void (to === "ready" && told()));
    const edit = async (/** @type {number} */ n) => {
      writeFileSync(entry, textOf(n));
      for (;;) {
        await new Promise((resolve) => (told = () => resolve(undefined)));
        const { content } = await host.call("version");
        if (content[0].text === versionOf(n)) return;
      }
    };
    const close = async () => {
      stop();
      await host.close();
    };
    return { edit, close };
  },

  cargo: async (folder, options) => {
    const first = await contestants.tau(folder, options);
    await first.close();
    const made = join(options.cacheDir, "rust/extensions");
    const [project] = readdirSync(made)
      .map((name) => join(made, name, "project"))
      .filter((path) => readdirSync(path).includes("edited.rs"));
    const copy = join(folder, "project");
    cpSync(project, copy, { recursive: true });
    const manifest = join(copy, "Cargo.toml");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/^name = "edited.*"$/gm, 'name = "edited-by-hand"'));
    const args = ["build", "--quiet", "--manifest-path", manifest];
    args.push("--target-dir", join(options.cacheDir, "rust/target"));
    const edit = async (/** @type {number} */ n) => {
      writeFileSync(join(copy, "edited.rs"), textOf(n + 1000));
      await run("cargo", args);
    };
    return { edit, close: async () => {} };
  },
};

await drive(async (/** @type {Options} */ options) => {
  const folder = mkdtempSync(join(tmpdir(), "tau-bench-rust-"));
  const { edit, close } = await contestants[options.contestant](folder, options);
  const times = [];
  for (let n = 1; n <= options.edits + 1; n++) {
    const start = performance.now();
    await edit(n);
    if (n > 1) times.push(performance.now() - start); // the first fills caches
  }
  await close();
  rmSync(folder, { recursive: true, force: true });
  return { ms: median(times) };
});

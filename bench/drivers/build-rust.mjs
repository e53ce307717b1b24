// Compiles the Rust extension and all its crates, on all cores: on the one core that calls are pinned to it would take twice as long.
import { openRustHost } from "../contestants/tau-rust.mjs";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";

await drive(async (/** @type {{ cacheDir: string }} */ options) => {
  const host = await openRustHost(options);
  const start = performance.now();
  await host.load(childPath("echo.rs"));
  const seconds = (performance.now() - start) / 1000;
  await host.close();
  return { seconds };
});

// Installs what tau is compared with, the first time and whenever the lockfile has changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @param {"../" | "../pi/"} folder the second holds pi, which is large and of one suite only */
export function install(folder = "../") {
  const here = fileURLToPath(new URL(folder, import.meta.url));
  const stamp = `${here}node_modules/.installed`;
  const wanted = createHash("sha256")
    .update(readFileSync(`${here}package-lock.json`))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("bench: installing what tau is compared with…");
  const npm = spawnSync("npm", ["ci", "--workspaces=false", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: here,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (npm.status !== 0) throw new Error(`npm ci in ${here} failed`);
  writeFileSync(stamp, wanted);
}

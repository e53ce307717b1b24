// Puts the Python SDK beside the host that runs it, so that both always come from one release.
import { cpSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const finished = join(here, "dist/python-sdk");
const next = join(here, "dist/python-sdk.next");

rmSync(next, { recursive: true, force: true });
cpSync(join(here, "../../python/tau_ext/src"), next, {
  recursive: true,
  filter: (path) => basename(path) !== "__pycache__" && !path.endsWith(".egg-info"),
});
// At once, so that nobody who runs meanwhile finds half of it.
rmSync(finished, { recursive: true, force: true });
renameSync(next, finished);

// Puts what the checks read of spec/ beside them, so that the published package has it too.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const spec = fileURLToPath(new URL("../../../spec/", import.meta.url));
const target = fileURLToPath(new URL("../dist/spec/", import.meta.url));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of ["schema.json", "methods.json", "transcripts"]) {
  cpSync(`${spec}${name}`, `${target}${name}`, { recursive: true });
}

/**
 * A process that works on one component and ends: `node transpile-main.js <tool> <component> <folder>`. The tools take tens of megabytes, and
 * components may be anybody's. Prints JSON of {@link TranspileResult}.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";

export interface TranspileResult {
  /** Interfaces that it imports, without versions. */
  imports: string[];
  /** Functions that it exports, as JavaScript names them. */
  exports: string[];
}

interface Transpiler {
  transpileBytes(component: Uint8Array, options: object): Promise<Transpiled>;
}

interface Transpiled {
  files: Record<string, Uint8Array>;
  imports: string[];
  exports: [name: string, kind: string][];
}

const [, , tool = "", component = "", folder = ""] = process.argv;

const transpiler = (await import(pathToFileURL(join(tool, "dist/index.js")).href)) as Transpiler;
const { files, imports, exports } = await transpiler.transpileBytes(readFileSync(component), {
  name: "component",
  instantiation: "sync",
  wasiShim: false,
  emitTypescriptDeclarations: false,
  nodejsCompat: false,
  tlaCompat: false,
  base64Cutoff: 0,
});
mkdirSync(folder, { recursive: true });
for (const [path, bytes] of Object.entries(files)) {
  const name = basename(path);
  if (!name.endsWith(".js")) writeFileSync(join(folder, name), bytes);
  // CommonJS, and without what is for people: it starts faster, as bundles do.
  else
    writeFileSync(join(folder, name.replace(/\.js$/, ".cjs")), await toCommonJs(Buffer.from(bytes).toString("utf8")));
}
async function toCommonJs(code: string): Promise<string> {
  return (await transform(code, { format: "cjs", platform: "node", target: "node20", minify: true })).code;
}

const result: TranspileResult = { imports, exports: exports.map(([name]) => name) };
writeFileSync(join(folder, "manifest.json"), JSON.stringify(result));

// The validator as one file, and the check of schemas themselves, compiled: a host starts in half the time.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { REMOVED_KEYWORDS, VALIDATOR_OPTIONS } from "../dist/validate/validator.js";

const here = fileURLToPath(new URL("..", import.meta.url));
const outputs = ["meta-schema.cjs", "validator.cjs"].map((name) => join(here, "dist", name));

/** Both depend on these alone. */
const stamp = `// ajv ${readVersion("ajv")}, ${JSON.stringify(VALIDATOR_OPTIONS)}, without ${REMOVED_KEYWORDS.join(", ")}`;

if (!outputs.every(isCurrent)) {
  await writeBundle(outputs[0], metaSchemaSource());
  await writeBundle(outputs[1], `export { Ajv2020 } from "ajv/dist/2020.js";`);
}

function isCurrent(file) {
  return existsSync(file) && readFileSync(file, "utf8").startsWith(`${stamp}\n`);
}

function metaSchemaSource() {
  const ajv = new Ajv2020({ ...VALIDATOR_OPTIONS, code: { source: true } });
  for (const keyword of REMOVED_KEYWORDS) ajv.removeKeyword(keyword);
  const check = ajv.getSchema("https://json-schema.org/draft/2020-12/schema");
  return standaloneCode.default(ajv, check);
}

/** With the licences of what is in it. */
async function writeBundle(outfile, contents) {
  const { outputFiles, metafile } = await build({
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    absWorkingDir: here,
    stdin: { contents, resolveDir: here },
  });
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const licences = [...packages].map((name) => `/*\n${name}:\n${readLicence(name).replaceAll("*/", "* /")}*/\n`);
  writeFileSync(outfile, [`${stamp}\n`, ...licences, outputFiles[0].text].join(""));
}

function readLicence(name) {
  const file = readdirSync(folderOf(name)).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} has no licence file, so it can't be bundled.`);
  return readFileSync(join(folderOf(name), file), "utf8");
}

function readVersion(name) {
  return JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8")).version;
}

function folderOf(name) {
  const folders = [join(here, "node_modules", name), join(here, "../../node_modules", name)];
  const found = folders.find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`${name} is not installed.`);
  return found;
}

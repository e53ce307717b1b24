import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeFolder } from "./processes.ts";

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TSC = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

interface Manifest {
  dependencies?: object;
  exports: Record<string, string | { types: string; default: string }>;
  files: string[];
}

async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8")) as Manifest;
}

/** What would be published. */
async function packedFiles(): Promise<string[]> {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: PACKAGE });
  const [packed] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return packed.files.map(({ path }) => path);
}

test("every entry point is in the package, and nothing that only tests need", async () => {
  const { exports } = await readManifest();
  const packed = await packedFiles();
  const entries = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : [entry.types, entry.default],
  );
  expect(entries.filter((entry) => !packed.includes(entry.replace("./", "")))).toEqual([]);
  expect(packed.filter((path) => /^(test|build|scripts)\//.test(path))).toEqual([]);
});

test("the package needs no other at run time: nothing in dist imports one", async () => {
  expect((await readManifest()).dependencies).toBeUndefined();
  const imports: string[] = [];
  for (const file of await readdir(join(PACKAGE, "dist"), { recursive: true })) {
    if (!/\.(c?js|d\.ts)$/.test(file)) continue;
    const text = await readFile(join(PACKAGE, "dist", file), "utf8");
    for (const [, name = ""] of text.matchAll(/(?:\bfrom\s*|\bimport\s*|\bimport\(|\brequire\()"([^".][^"]*)"/g)) {
      if (!name.startsWith("node:")) imports.push(`${file} imports ${name}`);
    }
  }
  expect(imports).toEqual([]);
});

test("an extension type-checks strictly with the package alone, its own types included", async () => {
  await using folder = await makeFolder();
  await install(folder.path);
  await writeFile(join(folder.path, "extension.ts"), EXTENSION);
  await writeFile(join(folder.path, "wrong.ts"), WRONG);
  const check = (file: string) =>
    run(process.execPath, [TSC, ...STRICT, file], { cwd: folder.path }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
  expect(await check("extension.ts")).toBe("");
  expect((await check("wrong.ts")).match(/TS\d+/g)).toEqual(["TS2551"]);
});

test("an extension runs with the package alone", async () => {
  await using folder = await makeFolder();
  await install(folder.path);
  const program = 'import { ToolResult } from "tau-ext"; console.log(JSON.stringify(ToolResult.text("alone")));';
  await writeFile(join(folder.path, "program.mjs"), program);
  const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: folder.path });
  expect(JSON.parse(stdout)).toEqual({ content: [{ type: "text", text: "alone" }] });
});

/** What `npm install tau-ext` would leave in a folder. */
async function install(folder: string): Promise<void> {
  const target = join(folder, "node_modules/tau-ext");
  await mkdir(target, { recursive: true });
  await cp(join(PACKAGE, "package.json"), join(target, "package.json"));
  await cp(join(PACKAGE, "dist"), join(target, "dist"), { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
}

const STRICT = [
  "--noEmit",
  "--strict",
  "--exactOptionalPropertyTypes",
  "--module",
  "nodenext",
  "--target",
  "es2023",
].concat(["--types", "", "--skipLibCheck", "false", "--pretty", "false"]);

const EXTENSION = `
import { ToolResult, type ExtensionApi, type Setup } from "tau-ext";
import { serve } from "tau-ext/serve";

const setup: Setup = async (api: ExtensionApi) => {
  api.registerTool({
    name: "search",
    description: "Searches",
    parameters: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
    async execute({ query }, { signal, progress }) {
      progress(signal.aborted ? "stopping" : query.toUpperCase());
      return ToolResult.text(query, { details: { length: query.length } });
    },
  });
  api.on("tool_call", (event) => (event["tool"] === "bash" ? { block: "no" } : undefined));
  api.registerCommand({ name: "greet", description: "Greets", execute: (args) => api.log.info(args) });
};
export default setup;
serve(setup, { name: "search" });
`;

const WRONG = `
import { ToolResult, type ExtensionApi } from "tau-ext";

export default (api: ExtensionApi) => {
  api.registerTool({
    name: "search",
    description: "Searches",
    parameters: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
    execute: (params) => ToolResult.text(params.qeury),
  });
};
`;

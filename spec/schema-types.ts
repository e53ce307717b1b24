/** The schema as TypeScript, compared with the hand-written types of packages/protocol by the compiler. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import type { MethodTable, SchemaFile } from "tau-conformance";
import { methods, root } from "./read.ts";

/** The compiler's complaints about `schema` differing from the types; none when they are the same. */
export async function compareWithTypes(schema: SchemaFile, table: MethodTable = methods): Promise<string[]> {
  const folder = join(root, "node_modules/.cache/tau-spec");
  await mkdir(folder, { recursive: true });
  const run = await mkdtemp(join(folder, "types-"));
  try {
    await writeFile(join(run, "wire.ts"), await generate(schema, table));
    await writeFile(join(run, "tsconfig.json"), JSON.stringify(TSCONFIG));
    return await typeCheck(run);
  } finally {
    await rm(run, { recursive: true, force: true });
  }
}

/** The names that packages/protocol exports, values and types alike. */
export async function exportedNames(): Promise<string[]> {
  const source = await readFile(join(root, "packages/protocol/src/index.ts"), "utf8");
  return [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = ""]) =>
    list
      .split(",")
      .map((name) => name.replace("type ", "").trim())
      .filter((name) => name !== ""),
  );
}

const TSCONFIG = {
  extends: "../../../../tsconfig.base.json",
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    noUnusedLocals: false,
    types: [],
  },
  files: ["wire.ts"],
};

async function generate(schema: SchemaFile, table: MethodTable): Promise<string> {
  // The generator reads `definitions`, the keyword's older name.
  const definitions = JSON.parse(JSON.stringify(schema.$defs).replaceAll("#/$defs/", "#/definitions/")) as Record<
    string,
    JSONSchema
  >;
  const names = Object.keys(definitions);
  // TypeScript's `{}` means anything at all, so the type of an object without known fields has a form of its own.
  definitions["Empty"] = { tsType: "Record<string, never>" };
  const wire: JSONSchema = {
    type: "object",
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
    definitions,
  };
  const options = { additionalProperties: false, ignoreMinAndMaxItems: true, format: false, bannerComment: "" };
  const assertions = names.map((name) => `export const ${name}: Same<Wire["${name}"], protocol.${name}> = true;`);
  return [
    await compile(wire, "Wire", options),
    'import type * as protocol from "../../../../packages/protocol/src/index.ts";',
    // True for identical types only: mutual assignability would let a missing optional field pass.
    "type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;",
    ...assertions,
    ...compareMethods(table),
  ].join("\n");
}

function compareMethods({ host, extension }: MethodTable): string[] {
  return [
    ["HostRequests", requestsType(host.requests)],
    ["HostNotifications", notificationsType(host.notifications)],
    ["ExtensionRequests", requestsType(extension.requests)],
    ["ExtensionNotifications", notificationsType(extension.notifications)],
  ].map(([name, type]) => `export const ${name}: Same<${type}, protocol.${name}> = true;`);
}

function requestsType(requests: MethodTable["host"]["requests"]): string {
  const entries = Object.entries(requests).map(
    ([method, { params, result }]) => `"${method}": { params: Wire["${params}"]; result: Wire["${result}"] };`,
  );
  return `{ ${entries.join(" ")} }`;
}

function notificationsType(notifications: Record<string, string>): string {
  return `{ ${Object.entries(notifications)
    .map(([method, params]) => `"${method}": Wire["${params}"];`)
    .join(" ")} }`;
}

function typeCheck(folder: string): Promise<string[]> {
  const tsc = fileURLToPath(import.meta.resolve("typescript/package.json")).replace(/package\.json$/, "bin/tsc");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, "-p", folder], (error, stdout, stderr) => {
      const complaints = stdout.split("\n").filter((line) => line.includes("error TS"));
      if (error !== null && complaints.length === 0) reject(new Error(`tsc did not run: ${stdout}${stderr}`));
      else resolve(complaints);
    });
  });
}

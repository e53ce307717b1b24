import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createHost } from "tau-host";
import { describe, expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, textOf, type Workspace } from "./support/workspace.ts";

/** Any add-on that Node loads. */
const ADD_ON = join(createRequire(import.meta.url).resolve("@lydell/node-pty-linux-x64/package.json"), "../pty.node");

/** A setup with one tool, `probe`, that answers the value of an expression as text. */
function probe(expression: string): string {
  return `(api) => api.registerTool({
    name: "probe", description: "", parameters: { type: "object" },
    execute: async () => ({ content: [{ type: "text", text: String(${expression}) }] }),
  });`;
}

function probing(expression: string): string {
  return `export default ${probe(expression)}`;
}

type Files = Readonly<Record<string, string>>;

function writeAll(workspace: Workspace, files: Files): void {
  for (const [name, text] of Object.entries(files)) workspace.write(name, text);
}

/** What the probe answers in an extension made of these files. */
async function probeOf(files: Files, source: string): Promise<string> {
  await using workspace = await openWorkspace();
  writeAll(workspace, files);
  await workspace.load(source);
  return await workspace.ask("probe");
}

const LEGACY_DECORATOR = `
  const seen: unknown[] = [];
  function mark(target: object, key: string, descriptor?: PropertyDescriptor): void {
    seen.push(typeof target, key, typeof descriptor?.value);
  }
  class Service { @mark run() { return 1; } }
  void Service;`;

const LEGACY_TSCONFIG = '{ "compilerOptions": { "experimentalDecorators": true } }';

describe("TypeScript", () => {
  const cases: [string, Files, string][] = [
    ["an enum", { "x.ts": `enum Colour { Red = 3, Green }\n${probing("Colour[4] + Colour.Red")}` }, "Green3"],
    ["a const enum", { "x.ts": `const enum Level { High = 9 }\n${probing("Level.High")}` }, "9"],
    ["a namespace", { "x.ts": `namespace Inner { export const a = "in"; }\n${probing("Inner.a")}` }, "in"],
    [
      "parameter properties",
      {
        "x.ts": `class Point { constructor(readonly x: number, private y = 2) {} }\n${probing("JSON.stringify(new Point(1))")}`,
      },
      '{"x":1,"y":2}',
    ],
    [
      "standard decorators",
      {
        "x.ts": `
          function twice(run: () => number, { kind, name }: ClassMethodDecoratorContext) {
            return function (this: unknown) { return kind + " " + String(name) + " " + run.call(this) * 2; };
          }
          class Service { #n = 21; @twice run() { return this.#n; } }
          ${probing("new Service().run()")}`,
      },
      "method run 42",
    ],
    [
      "legacy decorators, with experimentalDecorators in the tsconfig.json beside the source",
      { "x.ts": `${LEGACY_DECORATOR}\n${probing('seen.join(" ")')}`, "tsconfig.json": LEGACY_TSCONFIG },
      "object run function",
    ],
    [
      "a top-level await",
      { "x.ts": `const value = await Promise.resolve("awaited");\n${probing("value")}` },
      "awaited",
    ],
    [
      "explicit resource management",
      {
        "x.ts": `let closed = "open"; { using x = { [Symbol.dispose]() { closed = "closed"; } }; void x; }\n${probing("closed")}`,
      },
      "closed",
    ],
    ["a type error, because types are not checked", { "x.ts": `const n: number = "text";\n${probing("n")}` }, "text"],
    [
      "satisfies and type-only imports",
      {
        "x.ts": `import type { Gone } from "./gone.ts";\nconst a = { b: 1 } satisfies { b: number };\nexport type { Gone };\n${probing("a.b")}`,
      },
      "1",
    ],
  ];

  test.for(cases)("%s works", async ([, files, expected]) => {
    expect(await probeOf(files, "x.ts")).toBe(expected);
  });
});

describe("files of every kind", () => {
  const typed = probing('"typed" as string');
  const cases: [string, string, string][] = [
    [".ts", "x.ts", typed],
    [".mts", "x.mts", typed],
    [".cts", "x.cts", typed],
    [".tsx", "x.tsx", typed],
    [".js", "x.js", probing('"typed"')],
    [".mjs", "x.mjs", probing('"typed"')],
    [".cjs with module.exports", "x.cjs", `module.exports = ${probe('"typed"')}`],
    [".js with module.exports", "x.js", `module.exports = ${probe('"typed"')}`],
    [".js with exports.default", "x.js", `exports.default = ${probe('"typed"')}`],
    [".cts with export =", "x.cts", `const setup = ${probe('"typed"')}\nexport = setup;`],
    ["a file with a shebang", "x.js", `#!/usr/bin/env node\n${probing('"typed"')}`],
    ["a file with a byte order mark", "x.ts", `\uFEFF${typed}`],
    ["a file with CRLF", "x.ts", typed.replaceAll("\n", "\r\n")],
    ["a file with spaces and quotes in its name", `a "b" 'c' ünï/x $& y.ts`, typed],
  ];

  test.for(cases)("%s", async ([, name, text]) => {
    expect(await probeOf({ [name]: text }, name)).toBe("typed");
  });

  test("several files, imported with and without their extension", async () => {
    const files = {
      "main.ts": `import { a } from "./lib/a.ts";\nimport { b } from "./lib/b";\n${probing("a + b")}`,
      "lib/a.ts": `import { c } from "./c.js";\nexport const a = "a" + c;`,
      "lib/b.ts": `export const b = "b";`,
      "lib/c.ts": `export const c = "c";`,
    };
    expect(await probeOf(files, "main.ts")).toBe("acb");
  });

  test("files that import each other", async () => {
    const files = {
      "main.ts": `import { even } from "./even.ts";\n${probing("even(10)")}`,
      "even.ts": `import { odd } from "./odd.ts";\nexport const even = (n: number): boolean => n === 0 || odd(n - 1);`,
      "odd.ts": `import { even } from "./even.ts";\nexport const odd = (n: number): boolean => n !== 0 && even(n - 1);`,
    };
    expect(await probeOf(files, "main.ts")).toBe("true");
  });

  test("a dynamic import of a sibling", async () => {
    const files = {
      "main.ts": probing('(await import("./late.ts")).late'),
      "late.ts": `export const late = "late";`,
    };
    expect(await probeOf(files, "main.ts")).toBe("late");
  });

  test("a JSON import", async () => {
    const files = {
      "main.ts": `import data from "./data.json" with { type: "json" };\nimport { version } from "./data.json";\n${probing("data.name + version")}`,
      "data.json": '{ "name": "json", "version": 7 }',
    };
    expect(await probeOf(files, "main.ts")).toBe("json7");
  });

  test("a symbolic link to a source is built from where it points", async () => {
    await using workspace = await openWorkspace();
    workspace.write("real/main.ts", `import { a } from "./a.ts";\n${probing("a")}`);
    workspace.write("real/a.ts", `export const a = "followed";`);
    mkdirSync(join(workspace.directory, "links"));
    symlinkSync("../real/main.ts", join(workspace.directory, "links/main.ts"));
    await workspace.load("links/main.ts");
    expect(await workspace.ask("probe")).toBe("followed");
  });
});

describe("packages from the extension's own node_modules", () => {
  const commonJs = {
    "node_modules/old/package.json": '{ "name": "old", "version": "1.0.0", "main": "lib/index.js" }',
    "node_modules/old/lib/index.js": `
      const { readFileSync } = require("fs");
      const { join } = require("path");
      exports.read = () => readFileSync(join(__dirname, "data.txt"), "utf8");
      exports.name = require("path").basename(__filename);`,
    "node_modules/old/lib/data.txt": "read beside the package",
  };
  const esModule = {
    "node_modules/@new/est/package.json":
      '{ "name": "@new/est", "version": "1.0.0", "type": "module", "exports": { ".": "./src/index.js", "./sub": "./src/sub.js" } }',
    "node_modules/@new/est/src/index.js": `
      import { readFileSync } from "node:fs";
      export const read = () => readFileSync(new URL("./data.txt", import.meta.url), "utf8");`,
    "node_modules/@new/est/src/sub.js": `export default "sub";`,
    "node_modules/@new/est/src/data.txt": "read beside the module",
  };

  test("a CommonJS package that reads a file beside itself with __dirname", async () => {
    const main = `import { read, name } from "old";\n${probing('read() + " " + name')}`;
    expect(await probeOf({ ...commonJs, "main.ts": main }, "main.ts")).toBe("read beside the package index.js");
  });

  test("an ES module package that reads a file beside itself with import.meta.url", async () => {
    const main = `import { read } from "@new/est";\nimport sub from "@new/est/sub";\n${probing('read() + " " + sub')}`;
    expect(await probeOf({ ...esModule, "main.ts": main }, "main.ts")).toBe("read beside the module sub");
  });

  test("both in an ES module with a top-level await, where the CommonJS one requires Node's own modules", async () => {
    const main = `
      import { read } from "old";
      import { read as readNew } from "@new/est";
      const awaited = await Promise.resolve("awaited");
      ${probing("[awaited, read(), readNew()]")}`;
    const expected = "awaited,read beside the package,read beside the module";
    expect(await probeOf({ ...commonJs, ...esModule, "main.ts": main }, "main.ts")).toBe(expected);
  });

  test("a package of a directory above", async () => {
    const main = `import { name } from "old";\n${probing("name")}`;
    expect(await probeOf({ ...commonJs, "deep/er/main.ts": main }, "deep/er/main.ts")).toBe("index.js");
  });

  test("a package with a top-level await of its own", async () => {
    const files = {
      "node_modules/slow/package.json": '{ "name": "slow", "type": "module", "main": "index.js" }',
      "node_modules/slow/index.js": `export const value = await Promise.resolve("slow");`,
      "main.ts": `import { value } from "slow";\n${probing("value")}`,
    };
    expect(await probeOf(files, "main.ts")).toBe("slow");
  });

  test.skipIf(process.platform !== "linux")("a native add-on is loaded from where it is", async () => {
    await using workspace = await openWorkspace();
    workspace.write("native.ts", probing(`typeof require("./build/own.node").open`));
    mkdirSync(join(workspace.directory, "build"));
    copyFileSync(ADD_ON, join(workspace.directory, "build/own.node"));
    await workspace.load("native.ts");
    expect(textOf(await workspace.host.call("probe"))).toBe("function");
  });

  test("an add-on that may be missing is looked for where it would be", async () => {
    const expression = `(() => { try { return require("./missing.node"); } catch (error) { return error.code + error.message; } })()`;
    const said = await probeOf({ "optional.ts": probing(expression) }, "optional.ts");
    expect(said).toMatch(/^MODULE_NOT_FOUND.*Cannot find module '\/.*\/missing\.node'/);
  });

  test("a package's own conditions choose what Node would choose", async () => {
    const files = {
      "node_modules/dual/package.json":
        '{ "name": "dual", "exports": { "browser": "./browser.js", "node": { "import": "./node.mjs", "require": "./node.cjs" } } }',
      "node_modules/dual/browser.js": `export default "browser";`,
      "node_modules/dual/node.mjs": `export default "node";`,
      "node_modules/dual/node.cjs": `module.exports = "required";`,
      "main.ts": `import dual from "dual";\n${probing("dual")}`,
    };
    expect(await probeOf(files, "main.ts")).toBe("node");
  });

  test("the author's own modules know where they are, each for itself", async () => {
    await using workspace = await openWorkspace();
    writeAll(workspace, {
      "main.ts": `import { here } from "./lib/here.ts";\n${probing("[import.meta.filename, import.meta.dirname, ...here]")}`,
      "lib/here.ts": `export const here = [__filename, __dirname, import.meta.url];`,
    });
    await workspace.load("main.ts");
    const at = (name: string): string => join(workspace.directory, name);
    expect(await workspace.ask("probe")).toBe(
      [at("main.ts"), workspace.directory, at("lib/here.ts"), at("lib"), `file://${at("lib/here.ts")}`].join(),
    );
  });

  test("a module's own declaration of __dirname wins", async () => {
    const files = {
      "main.ts": `
        import { dirname } from "node:path";
        import { fileURLToPath } from "node:url";
        const __filename = fileURLToPath(import.meta.url);
        const __dirname = dirname(__filename) + "/mine";
        ${probing('__dirname.endsWith("/mine")')}`,
    };
    expect(await probeOf(files, "main.ts")).toBe("true");
  });

  test("the SDK comes from the host, installed or not", async () => {
    const files = {
      "node_modules/tau-ext/package.json": '{ "name": "tau-ext", "main": "index.js" }',
      "node_modules/tau-ext/index.js": "throw new Error('the wrong copy')",
      "main.ts": `import { ToolResult } from "tau-ext";\n${probing("ToolResult.text('sdk').content[0].text")}`,
    };
    expect(await probeOf(files, "main.ts")).toBe("sdk");
  });

  test("a part of the SDK that does not exist is a diagnostic that names the parts that do", async () => {
    await using workspace = await openWorkspace();
    const source = workspace.write("main.ts", `import "tau-ext/nope";\n${probing("1")}`);
    const error = await errorOf(workspace.load(source));
    expect(error).toMatchObject({ code: "build-failed", diagnostics: [{ file: source, line: 1 }] });
    expect(error.message).toContain("tau-ext has tau-ext, tau-ext/serve");
  });
});

describe("directories", () => {
  test("a package's main is built and runs under the package's name and version", async () => {
    await using workspace = await openWorkspace();
    writeAll(workspace, {
      "pkg/package.json": '{ "name": "@scope/weather", "version": "3.1.4", "tau": { "main": "./src/main.ts" } }',
      "pkg/src/main.ts": probing("process.argv.slice(3)"),
    });
    const info = await workspace.load("pkg");
    expect(info).toMatchObject({ id: "pkg", state: "ready", tools: ["probe"] });
    expect(await workspace.ask("probe")).toBe("weather,3.1.4");
  });

  test("a package's command is run in the package", async () => {
    await using workspace = await openWorkspace();
    workspace.copy("raw.mjs", "pkg/raw.mjs");
    const command = JSON.stringify([process.execPath, "./raw.mjs"]);
    workspace.write("pkg/package.json", `{ "name": "commanded", "tau": { "command": ${command} } }`);
    await workspace.load("pkg", { id: "commanded" });
    expect(await workspace.ask("raw", { text: "hello" })).toBe("hello");
  });

  test("a package's program with a relative path is found in the package", async () => {
    await using workspace = await openWorkspace();
    workspace.copy("raw.mjs", "pkg/raw.mjs");
    chmodSync(workspace.write("pkg/run", `#!/bin/sh\nexec '${process.execPath}' raw.mjs "$@"\n`), 0o755);
    workspace.write("pkg/package.json", '{ "tau": { "command": ["./run"] } }');
    await workspace.load("pkg");
    expect(await workspace.ask("raw", { text: "found" })).toBe("found");
  });

  test("an index file takes the name of its directory", async () => {
    await using workspace = await openWorkspace();
    workspace.write("clock/index.ts", probing("process.argv[3]"));
    expect(await workspace.load("clock/index.ts")).toMatchObject({ id: "clock" });
    expect(await workspace.ask("probe")).toBe("clock");
  });
});

describe("stacks", () => {
  const thrower = (head: string): string => `${head}

export default (api: { registerTool(tool: object): void }): void => {
  interface Nothing { at: "run time" }
  api.registerTool({
    name: "throws", description: "", parameters: { type: "object" },
    execute(): never {
      throw new Error("here");
    },
  });
};
`;

  test.for([
    ["in a CommonJS bundle", "enum A { B }; void A;"],
    ["with a top-level await", "await Promise.resolve();"],
    ["in a file that knows its place", "void import.meta.url;"],
  ])("a throw points at its line and column, %s", async ([, head]) => {
    await using workspace = await openWorkspace();
    const source = workspace.write("main.ts", thrower(head ?? ""));
    await workspace.load(source);
    const error = await errorOf(workspace.call("throws"));
    expect(error).toMatchObject({ code: "tool-failed" });
    expect(error.remoteStack).toMatch("Error: here\n");
    expect(error.remoteStack?.split("\n")[1]).toContain(`${source}:8:13`);
  });

  test("a throw in a second file names both files", async () => {
    await using workspace = await openWorkspace();
    const main = workspace.write("main.ts", `import { fail } from "./lib/fail.ts";\n\n${probing("fail()")}`);
    const second = workspace.write(
      "lib/fail.ts",
      `// one\n// two\nexport function fail(): never {\n  throw new TypeError("second");\n}\n`,
    );
    await workspace.load(main);
    const { remoteStack } = await errorOf(workspace.call("probe"));
    const lines = remoteStack?.split("\n") ?? [];
    expect(lines[1]).toContain(`at fail (${second}:4:9)`);
    expect(lines[2]).toContain(`${main}:5:`);
    expect(remoteStack).not.toContain("runner.cjs");
  });

  test.for(["", "await null;"])("an uncaught exception is logged with its place (%s)", async (head) => {
    await using workspace = await openWorkspace();
    const source = workspace.write(
      "main.ts",
      `${head}\n${probing('setTimeout(() => {\n throw new Error("uncaught"); })')}`,
    );
    await workspace.load(source, { id: "thrower" });
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    await workspace.call("probe").catch(() => undefined);
    // So soon after its start it would only crash again.
    expect((await crashed).error).toMatchObject({ code: "extension-disabled", exitCode: 1 });
    const log = workspace.host.logs("thrower").map(({ text }) => text);
    expect(log).toContain("Uncaught Error: uncaught");
    expect(log.join("\n")).toContain(`${source}:5:8`);
  });

  test("an error in a package of the extension points into the package", async () => {
    await using workspace = await openWorkspace();
    workspace.write("node_modules/old/index.js", `\n\nexports.fail = () => { throw new Error("package"); };\n`);
    await workspace.load(workspace.write("main.ts", `import { fail } from "old";\n${probing("fail()")}`));
    const { remoteStack } = await errorOf(workspace.call("probe"));
    expect(remoteStack).toContain(`${join(workspace.directory, "node_modules/old/index.js")}:3:30`);
  });

  test("stacks stay readable after the bundle's map is gone", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(workspace.write("main.ts", thrower("")));
    for (const path of built(workspace)) if (path.endsWith(".map")) rmSync(path);
    expect((await errorOf(workspace.call("throws"))).remoteStack).toMatch(/^Error: here\n\s+at /);
  });
});

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** What is in the cache of builds. */
function built(workspace: Workspace): string[] {
  return filesIn(join(workspace.directory, "cache/build"));
}

/** How many processes of the host build; one that has built stays a while. */
function builders(workspace: Workspace): number {
  const commands = workspace.processes().map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  return commands.filter((command) => command.includes("builder.mjs")).length;
}

function manifestOf(workspace: Workspace): string {
  const found = built(workspace).filter((path) => path.endsWith(".json"));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

function damageManifest(path: string, fields: object): void {
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...fields }));
}

describe("the cache", () => {
  test("a second host with the same cache needs no builder", async () => {
    await using first = await openWorkspace();
    const source = first.copy("echo.ts");
    await first.load(source);
    expect(builders(first)).toBe(1);
    const cacheDir = join(first.directory, "cache");
    const before = built(first).map((path) => [path, statSync(path).mtimeMs]);
    await using second = await openWorkspace({ cacheDir });
    await second.load(source);
    expect(await second.ask("echo", { text: "cached" })).toBe("cached");
    expect(builders(second)).toBe(0);
    expect(built(first).map((path) => [path, statSync(path).mtimeMs])).toEqual(before);
  });

  test("a file that is only touched is not built again", async () => {
    await using workspace = await openWorkspace();
    const source = workspace.write("main.ts", probing('"one"'));
    await workspace.load(source, { id: "main" });
    const before = built(workspace).map((path) => statSync(path).mtimeMs);
    utimesSync(source, new Date(), new Date());
    await workspace.host.reload("main");
    expect(built(workspace).map((path) => statSync(path).mtimeMs)).toEqual(before);
  });

  test("a file edited to the same size and with the same time is built again", async () => {
    await using workspace = await openWorkspace();
    const source = workspace.write("main.ts", probing('"one"'));
    const { atime, mtime, size } = statSync(source);
    await workspace.load(source, { id: "main" });
    workspace.write("main.ts", probing('"two"'));
    utimesSync(source, atime, mtime);
    expect(statSync(source)).toMatchObject({ size, mtime });
    await workspace.host.reload("main");
    expect(await workspace.ask("probe")).toBe("two");
  });

  const edits: [string, Files, Files, [string, string]][] = [
    [
      "an imported file",
      { "main.ts": `import { a } from "./a.ts";\n${probing("a")}`, "a.ts": "export const a = 1;" },
      { "a.ts": "export const a = 2;" },
      ["1", "2"],
    ],
    [
      "a dynamically imported file",
      { "main.ts": probing('(await import("./a.ts")).a'), "a.ts": "export const a = 1;" },
      { "a.ts": "export const a = 2;" },
      ["1", "2"],
    ],
    [
      "an imported JSON file",
      { "main.ts": `import data from "./data.json";\n${probing("data.a")}`, "data.json": '{"a":1}' },
      { "data.json": '{"a":2}' },
      ["1", "2"],
    ],
    [
      "a file of a package",
      { "main.ts": `import { a } from "old";\n${probing("a")}`, "node_modules/old/index.js": "exports.a = 1;" },
      { "node_modules/old/index.js": "exports.a = 2;" },
      ["1", "2"],
    ],
    [
      "the tsconfig.json beside the source",
      { "main.ts": `${LEGACY_DECORATOR}\n${probing("seen[0]")}`, "tsconfig.json": "{}" },
      { "tsconfig.json": LEGACY_TSCONFIG },
      ["function", "object"],
    ],
    [
      "a tsconfig.json above the source",
      {
        "deep/main.ts": `${LEGACY_DECORATOR}\n${probing("seen[0]")}`,
        "tsconfig.json": "{}",
        "deep/package.json": '{ "name": "deep" }',
      },
      { "tsconfig.json": LEGACY_TSCONFIG },
      ["function", "object"],
    ],
    [
      "a tsconfig.json that was not there before",
      { "main.ts": `${LEGACY_DECORATOR}\n${probing("seen[0]")}` },
      { "tsconfig.json": LEGACY_TSCONFIG },
      ["function", "object"],
    ],
    [
      "a tsconfig.json that another one extends",
      {
        "main.ts": `${LEGACY_DECORATOR}\n${probing("seen[0]")}`,
        "tsconfig.json": '{ "extends": "./base.json" }',
        "base.json": "{}",
      },
      { "base.json": LEGACY_TSCONFIG },
      ["function", "object"],
    ],
  ];

  test.for(edits)("a change of %s builds again", async ([, files, changes, [before, after]]) => {
    await using workspace = await openWorkspace();
    writeAll(workspace, files);
    const source = Object.keys(files)[0] ?? "";
    await workspace.load(source, { id: "main" });
    expect(await workspace.ask("probe")).toBe(before);
    writeAll(workspace, changes);
    await workspace.host.reload("main");
    expect(await workspace.ask("probe")).toBe(after);
  });

  test("the old content again builds what it built before", async () => {
    await using workspace = await openWorkspace();
    workspace.write("main.ts", probing('"one"'));
    await workspace.load("main.ts", { id: "main" });
    for (const value of ["two", "one", "two"]) {
      workspace.write("main.ts", probing(`"${value}"`));
      await workspace.host.reload("main");
      expect(await workspace.ask("probe")).toBe(value);
    }
  });

  test("a file that was imported and is gone is a diagnostic, and the old version serves on", async () => {
    await using workspace = await openWorkspace();
    workspace.write("main.ts", `import { a } from "./a.ts";\n${probing("a")}`);
    const imported = workspace.write("a.ts", `export const a = "still";`);
    await workspace.load("main.ts", { id: "main" });
    rmSync(imported);
    expect(await errorOf(workspace.host.reload("main"))).toMatchObject({ code: "build-failed", phase: "build" });
    expect(await workspace.ask("probe")).toBe("still");
  });

  const damages: [string, (path: string) => void][] = [
    ["is cut short", (path) => writeFileSync(path, readFileSync(path, "utf8").slice(0, 30))],
    ["is empty", (path) => writeFileSync(path, "")],
    ["is null", (path) => writeFileSync(path, "null")],
    ["is of another shape", (path) => damageManifest(path, { inputs: 7 })],
    ["has odd inputs", (path) => damageManifest(path, { inputs: [null] })],
    ["names no file", (path) => damageManifest(path, { file: 5 })],
    ["names a file that is gone", (path) => damageManifest(path, { file: "gone.cjs" })],
    ["is of another format", (path) => damageManifest(path, { format: 0 })],
  ];

  test.for(damages)("a manifest that %s is built again", async ([, damage]) => {
    await using workspace = await openWorkspace();
    workspace.write("main.ts", probing('"built"'));
    await workspace.load("main.ts", { id: "main" });
    const manifest = manifestOf(workspace);
    const text = readFileSync(manifest, "utf8");
    damage(manifest);
    await workspace.host.reload("main");
    expect(await workspace.ask("probe")).toBe("built");
    expect(readFileSync(manifest, "utf8")).toBe(text);
  });

  test.for([".cjs", ".cjs.map"])("a %s that was deleted is built again", async (ending) => {
    await using workspace = await openWorkspace();
    workspace.write("main.ts", probing('"built"'));
    await workspace.load("main.ts", { id: "main" });
    const before = built(workspace);
    for (const path of before) if (path.endsWith(ending)) rmSync(path);
    await workspace.host.reload("main");
    expect(await workspace.ask("probe")).toBe("built");
    expect(built(workspace)).toEqual(before);
  });

  test("a cache that was deleted as a whole is built again", async () => {
    await using workspace = await openWorkspace();
    workspace.write("main.ts", probing('"built"'));
    await workspace.load("main.ts", { id: "main" });
    // The host may be writing what the extension offers, so it must not be held up: a folder that fills up meanwhile is tried again.
    await rm(join(workspace.directory, "cache"), { recursive: true, maxRetries: 5 });
    await workspace.host.reload("main");
    expect(await workspace.ask("probe")).toBe("built");
  });

  test("two hosts that build one source into one cache at once both work, and leave nothing half done", async () => {
    await using workspace = await openWorkspace();
    const cacheDir = join(workspace.directory, "cache");
    const source = workspace.copy("echo.ts");
    const hosts = await Promise.all([0, 1].map(() => createHost({ cacheDir, cwd: workspace.directory })));
    try {
      await Promise.all(hosts.map((host) => host.load(source)));
      const answers = await Promise.all(hosts.map((host) => host.call("echo", { text: "both" })));
      expect(answers.map(textOf)).toEqual(["both", "both"]);
    } finally {
      await Promise.all(hosts.map((host) => host.close()));
    }
    expect(filesIn(cacheDir).filter((path) => path.endsWith(".tmp"))).toEqual([]);
    await workspace.load(source);
    expect(builders(workspace)).toBe(0);
  });

  test("one source loaded many times at once is served by one builder", async () => {
    await using workspace = await openWorkspace();
    const ids = ["a", "b", "c", "d"];
    await Promise.all(ids.map((id) => workspace.load(fixture("echo.ts"), { id, config: { tool: id } })));
    expect(await Promise.all(ids.map((id) => workspace.ask(id, { text: id })))).toEqual(ids);
    expect(builders(workspace)).toBe(1);
  });

  test("nobody but the user may read what is in the cache", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(workspace.copy("echo.ts"));
    for (const path of built(workspace)) expect(statSync(path).mode & 0o077, path).toBe(0);
  });

  test("the latest bundles of a source are kept, and the one that would be gone back to", async () => {
    await using workspace = await openWorkspace({ probationMs: 60_000 });
    workspace.write("main.ts", probing("0"));
    await workspace.load("main.ts", { id: "main" });
    for (let value = 1; value < 9; value++) {
      workspace.write("main.ts", probing(String(value)));
      await workspace.host.reload("main");
    }
    expect(await workspace.ask("probe")).toBe("8");
    const files = built(workspace);
    const bundles = files.filter((path) => path.endsWith(".cjs"));
    const kept = bundles.map((path) => Number(/String\((\d)\)/.exec(readFileSync(path, "utf8"))?.[1]));
    expect(kept.sort((a, b) => a - b)).toEqual([0, 4, 5, 6, 7, 8]);
    expect(files.filter((path) => path.endsWith(".map"))).toHaveLength(kept.length);
  });
});

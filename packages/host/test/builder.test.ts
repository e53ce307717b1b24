import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { systemClock, type Timer } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { BuilderClient } from "../dist/build/builder-client.js";
import { FileHashes } from "../dist/build/file-hashes.js";
import { sha256 } from "../dist/build/hash.js";
import { filesMeantBy } from "../dist/build/imports.js";
import { LauncherClient } from "../dist/launch/launcher-client.js";
import { errorOf } from "./support/workspace.ts";

const require = createRequire(import.meta.url);

/** A directory of sources, and builders with one cache. */
class Sources implements AsyncDisposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "tau-build-")));
  readonly launcher = new LauncherClient(spawn);
  readonly #builders: BuilderClient[] = [];

  openBuilder(clock = systemClock): BuilderClient {
    const { PATH, HOME } = process.env;
    const builder = new BuilderClient({
      launcher: this.launcher,
      cacheDir: join(this.directory, "cache"),
      environment: { PATH: PATH ?? "", HOME: HOME ?? "" },
      clock,
      timeoutMs: 20_000,
    });
    this.#builders.push(builder);
    return builder;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** What the bundle of a source says when it is run. */
  async valueOf(builder: BuilderClient, entry: string): Promise<unknown> {
    const { file } = await builder.build(entry);
    delete require.cache[file];
    return (require(file) as { value: unknown }).value;
  }

  /** The inputs below the directory, by their names in it. */
  inputsOf(builder: BuilderClient, entry: string): string[] {
    const below = builder.inputsOf(entry).filter((path) => path.startsWith(this.directory));
    return below.map((path) => path.slice(this.directory.length + 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const builder of this.#builders) await builder.close();
    await this.launcher.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

describe("the inputs of a build", () => {
  test("are its sources and what would have been taken instead", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    sources.write("package.json", "{}");
    sources.write("b.js", "export const b = 1;");
    const entry = sources.write("main.ts", 'import { b } from "./b"; export const value = b;');
    expect(builder.inputsOf(entry)).toEqual([entry]);
    await builder.build(entry);
    const inputs = sources.inputsOf(builder, entry);
    expect(inputs).toEqual(
      expect.arrayContaining(["main.ts", "b.js", "b", "b.tsx", "b.ts", "package.json", "tsconfig.json"]),
    );
    expect(inputs).not.toContain("b.json");
    builder.forget(entry);
    expect(builder.inputsOf(entry)).toEqual([entry]);
  });

  test("are the same from the cache", async () => {
    await using sources = new Sources();
    const [first, second] = [sources.openBuilder(), sources.openBuilder()];
    const entry = sources.write("main.ts", 'import "./b"; export const value = 1;');
    sources.write("b.ts", "");
    const { file } = await first.build(entry);
    // The manifest follows the answer; the answer to the next question follows the manifest.
    await first.build(entry);
    expect((await second.build(entry)).file).toBe(file);
    expect(second.inputsOf(entry)).toEqual(first.inputsOf(entry));
  });

  const mended: [string, string, string, string][] = [
    ["a missing file", 'import { b } from "./b"; export const value = b;', "b.ts", "export const b = 1;"],
    ["a missing index", 'import { b } from "./lib"; export const value = b;', "lib/index.ts", "export const b = 1;"],
    ["a source imported as .js", 'import { b } from "./b.js"; export const value = b;', "b.ts", "export const b = 1;"],
    [
      "a missing package",
      'import { b } from "@scope/b/sub"; export const value = b;',
      "node_modules/@scope/b/package.json",
      '{ "exports": { "./sub": "./package.json" }, "b": 1 }',
    ],
    ["an error in an imported file", 'import { b } from "./b"; export const value = b;', "b.ts", "export const b = 1;"],
  ];

  test.for(mended)("that failed for %s hold the file that mends it", async ([what, main, name, text]) => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.write("main.ts", main);
    if (what.startsWith("an error")) sources.write(name, "export const b = ;");
    expect(await errorOf(builder.build(entry))).toMatchObject({ code: "build-failed", phase: "build" });
    expect(sources.inputsOf(builder, entry)).toEqual(expect.arrayContaining(["main.ts", name]));
    sources.write(name, text);
    expect(await sources.valueOf(builder, entry)).toBe(1);
  });

  test("of an entry that is gone are the entry", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    expect(await errorOf(builder.build(sources.path("gone.ts")))).toMatchObject({ code: "build-failed" });
    expect(builder.inputsOf(sources.path("gone.ts"))).toContain(sources.path("gone.ts"));
  });
});

describe("what an import may mean", () => {
  const cases: [string, string[], string[]][] = [
    ["./b", [], ["b", "b.tsx", "b.ts", "b.jsx", "b.js", "b.css", "b.json", "b/package.json", "b/index.tsx"]],
    ["./b", ["b.ts"], ["b", "b.tsx", "b.ts"]],
    ["./b.js", ["b.ts"], ["b.js", "b.js.tsx", "b.js.ts"]],
    ["../x/b.ts", ["b.ts"], ["b.ts"]],
    [".", ["index.ts"], ["index.tsx", "index.ts"]],
    ["pkg/sub", [], ["node_modules/pkg/package.json"]],
    ["@s/pkg/sub", [], ["node_modules/@s/pkg/package.json"]],
  ];

  test.for(cases)("%s, where there is %j", ([specifier, present, expected]) => {
    using directory = openDirectory();
    const root = join(directory.path, "x");
    mkdirSync(root);
    for (const name of present) writeFileSync(join(root, name), "");
    const found = filesMeantBy({ from: join(root, "main.ts"), specifier }).map((path) => path.slice(root.length + 1));
    expect(found).toEqual(expect.arrayContaining(expected));
    const last = present[0];
    if (last !== undefined) expect(found.at(-1)).toBe(last);
  });
});

describe("building again", () => {
  test.for([
    ["a file that is taken instead of the one that was", "b.ts"],
    ["a directory's index that is taken instead of nothing else", "b.tsx"],
  ])("sees %s", async ([, name = ""]) => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    sources.write("b.js", "export const b = 1;");
    const entry = sources.write("main.ts", 'import { b } from "./b"; export const value = b;');
    expect(await sources.valueOf(builder, entry)).toBe(1);
    sources.write(name, "export const b = 2;");
    expect(await sources.valueOf(builder, entry)).toBe(2);
    expect(await sources.valueOf(sources.openBuilder(), entry)).toBe(2);
  });

  test("sees that an imported link points elsewhere", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    for (const value of [1, 2]) sources.write(`b${value}.ts`, `export const b = ${value};`);
    const entry = sources.write("main.ts", 'import { b } from "./b.ts"; export const value = b;');
    for (const value of [1, 2, 1]) {
      symlinkSync(`b${value}.ts`, sources.path("next"));
      renameSync(sources.path("next"), sources.path("b.ts"));
      expect(await sources.valueOf(builder, entry)).toBe(value);
    }
  });

  test("sees an edit that keeps the file, its size and its old time", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.write("main.ts", 'import data from "./b.json"; export const value = data.b;');
    const old = new Date(Date.now() - 3_600_000);
    for (const value of [1, 2, 3]) {
      const { ino } = statSync(sources.write("b.json", `{ "b": ${value} }`));
      utimesSync(sources.path("b.json"), old, old);
      expect(await sources.valueOf(builder, entry)).toBe(value);
      expect(statSync(sources.path("b.json")).ino).toBe(ino);
    }
  });

  test("changes to an ES module and back as a top-level await comes and goes", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    for (const [text, ending] of [
      ["export const value = 1;", ".cjs"],
      ["export const value = await 2;", ".mjs"],
      ["export const value = await 3;", ".mjs"],
      ["export const value = 1;", ".cjs"],
    ] as const) {
      const { file } = await builder.build(sources.write("main.ts", text));
      expect(file.endsWith(ending)).toBe(true);
    }
  });

  test("tells a module its place as soon as it asks", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.write("main.ts", "export const value = 1;");
    expect(await sources.valueOf(builder, entry)).toBe(1);
    sources.write("main.ts", "export const value = __filename;");
    expect(await sources.valueOf(builder, entry)).toBe(entry);
  });

  test("goes on after a failure", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.path("main.ts");
    for (const value of [1, 2, 3]) {
      sources.write("main.ts", "export const value = ;");
      expect(await errorOf(builder.build(entry))).toMatchObject({ code: "build-failed" });
      sources.write("main.ts", `export const value = ${value};`);
      expect(await sources.valueOf(builder, entry)).toBe(value);
    }
  });

  test("serves more entries than are kept ready", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entries = Array.from({ length: 20 }, (_, index) =>
      sources.write(`${index}.ts`, `export const value = ${index};`),
    );
    for (const round of [0, 1]) {
      for (const [index, entry] of entries.entries()) {
        if (round === 1) writeFileSync(entry, `export const value = ${-index - 1};`);
      }
      const values = await Promise.all(entries.map((entry) => sources.valueOf(builder, entry)));
      expect(values).toEqual(entries.map((_, index) => (round === 1 ? -index - 1 : index)));
    }
  });

  propertyTest.prop([fc.array(fc.record({ turns: fc.nat(12), file: fc.boolean() }), { minLength: 1, maxLength: 12 })], {
    numRuns: 15,
  })("a save at any moment of a build: the next answer is of the last content, from the cache too", async (saves) => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.write("main.ts", 'import { b } from "./b.ts"; export const value = "0" + b;');
    sources.write("b.ts", 'export const b = "0";');
    await builder.build(entry);
    const last = { main: "0", b: "0" };
    const builds: Promise<unknown>[] = [];
    for (const [index, { turns, file }] of saves.entries()) {
      const value = String(index + 1);
      if (file) sources.write("b.ts", `export const b = "${(last.b = value)}";`);
      else sources.write("main.ts", `import { b } from "./b.ts"; export const value = "${(last.main = value)}" + b;`);
      builds.push(builder.build(entry));
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await sources.valueOf(builder, entry)).toBe(last.main + last.b);
    await Promise.all(builds);
    expect(await sources.valueOf(sources.openBuilder(), entry)).toBe(last.main + last.b);
  });

  test("all who ask while it runs get one answer", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.write("main.ts", "export const value = 1;");
    const builds = await Promise.all(Array.from({ length: 10 }, () => builder.build(entry)));
    expect(new Set(builds.map(({ file }) => file)).size).toBe(1);
  });
});

describe("the builder's process", () => {
  /** A clock whose timers fire by hand. */
  function handClock() {
    const timers = new Map<object, () => void>();
    return {
      clock: {
        now: () => systemClock.now(),
        setTimeout: (callback: () => void): Timer => {
          const timer = {};
          timers.set(timer, callback);
          return timer;
        },
        clearTimeout: (timer: Timer | undefined) => void timers.delete(timer as object),
      },
      timers,
    };
  }

  test("stays while somebody wants it warm, and rests afterwards", async () => {
    await using sources = new Sources();
    const { clock, timers } = handClock();
    const builder = sources.openBuilder(clock);
    const entry = sources.write("main.ts", "export const value = 1;");
    const release = [builder.keepWarm(entry), builder.keepWarm(entry)];
    await builder.build(entry);
    expect(timers.size).toBe(0);
    release[0]?.();
    release[0]?.();
    expect(timers.size).toBe(0);
    release[1]?.();
    expect(timers.size).toBe(1);
  });

  test("has begun by the time it is asked, where a change was anticipated", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.write("main.ts", "export const value = 1;");
    builder.anticipate(entry);
    builder.anticipate(sources.path("gone.ts"));
    expect(await sources.valueOf(builder, entry)).toBe(1);
  });

  test("is started anew after it was killed", async () => {
    await using sources = new Sources();
    const builder = sources.openBuilder();
    const entry = sources.write("main.ts", "export const value = 1;");
    await builder.build(entry);
    await builder.close();
    sources.write("main.ts", "export const value = 2;");
    expect(await sources.valueOf(builder, entry)).toBe(2);
  });
});

describe("the hashes of files", () => {
  const write = fc.record({
    text: fc.constantFrom("aa", "bb", "cc", "longer", null),
    atomic: fc.boolean(),
    keepTime: fc.boolean(),
    looks: fc.nat(2),
    pauseMs: fc.constantFrom(0, 0, 0, 1, 15),
  });

  propertyTest.prop([fc.array(write, { minLength: 1, maxLength: 20 })], { numRuns: 50 })(
    "are those of the present content, whatever was done to size and times",
    async (writes) => {
      using directory = openDirectory();
      const hashes = new FileHashes();
      const path = join(directory.path, "file");
      const old = new Date(1_000_000_000_000);
      for (const { text, atomic, keepTime, looks, pauseMs } of writes) {
        if (text === null) rmSync(path, { force: true });
        else if (atomic) {
          writeFileSync(`${path}.tmp`, text);
          renameSync(`${path}.tmp`, path);
        } else writeFileSync(path, text);
        if (text !== null && keepTime) utimesSync(path, old, old);
        const expected = text === null ? null : sha256(readFileSync(path));
        for (let look = 0; look <= looks; look++) {
          expect(hashes.look(path).sha256).toBe(expected);
          expect(await hashes.hash(path)).toBe(expected);
          // The time itself is what is tested: what is settled may be remembered.
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      }
    },
  );
});

function openDirectory(): Disposable & { path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "tau-build-")));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

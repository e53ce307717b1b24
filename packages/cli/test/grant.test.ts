import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { missingSandbox } from "../../host/test/support/sandbox.ts";
import { linesOf, missingFrom } from "../src/grants/compare.ts";
import { tau } from "./run-tau.ts";

const folder = mkdtempSync(join(tmpdir(), "tau-grant-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, "reader.ts");
const note = join(folder, "note.txt");
const home = join(folder, "home");
const run = (...args: string[]) => tau(args, { env: { TAU_HOME: home } });
const read = () => run("call", "read_file", JSON.stringify({ path: note }), "-e", path, "--isolation", "sandbox");

function ask(permissions: object): void {
  const source = readFileSync(new URL("fixtures/reader.ts", import.meta.url), "utf8");
  writeFileSync(path, `// tau.permissions: ${JSON.stringify(permissions)}\n${source}`);
}

beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  writeFileSync(note, "a note\n");
  ask({ files: { read: [note] } });
});

describe("tau ext grant", () => {
  test("shows what is asked for and grants nothing by itself", async () => {
    const { exitCode, stdout, stderr } = await run("ext", "grant", path);
    expect(stdout).toBe(`${path} asks for:\n+ read ${note}\n`);
    expect(stderr).toContain("Nothing was granted.");
    expect(exitCode).toBe(1);
    expect((await read()).exitCode).toBe(1);
  });

  test("marks what a new version asks for beside what was granted, and what it needs no longer", async () => {
    await run("ext", "grant", path, "--yes");
    ask({ network: ["api.example.com"] });
    const { stdout } = await run("ext", "grant", path);
    expect(stdout).toContain("It has changed since");
    expect(stdout).toContain(`+ ask api.example.com\n- read ${note}`);
  });

  test("refuses what is no permission, with the file", async () => {
    ask({ everything: true });
    const { exitCode, stderr } = await run("ext", "grant", path, "--yes");
    expect(stderr).toContain(`Expected ${path} to say what it asks for`);
    expect(exitCode).toBe(1);
  });

  test("a store that can't be read grants nothing", async () => {
    await run("ext", "grant", path, "--yes");
    writeFileSync(join(home, "grants.json"), "[]");
    const { stderr } = await read();
    expect(stderr).toContain("Delete it to be asked again");
  });
});

describe("limits and variables", () => {
  const missing = (granted: object, asked: object) => missingFrom(linesOf(granted, "/"), linesOf(asked, "/"));

  test("a variable is asked for by its name", () => {
    expect(missing({}, { environment: ["API_KEY"] })).toEqual(["see API_KEY"]);
    expect(missing({ environment: ["API_KEY"] }, { environment: ["API_KEY"] })).toEqual([]);
  });

  test.each<[string, object, object, string[]]>([
    ["less than the default needs no grant", {}, { memoryMb: 64 }, []],
    ["more than the default does", {}, { memoryMb: 4096 }, ["limit memoryMb 4096"]],
    ["as much as was granted does not", { memoryMb: 4096 }, { memoryMb: 4096 }, []],
    ["more than was granted does", { openFiles: 64 }, { openFiles: 65 }, ["limit openFiles 65"]],
    ["none where less was granted is the default", { memoryMb: 64 }, {}, ["limit memoryMb 2048"]],
    ["none where more was granted is less", { memoryMb: 4096 }, {}, []],
    ["a figure is one, and no text", { processes: 9 }, { processes: 10 }, ["limit processes 10"]],
  ])("%s", (_, granted, asked, expected) => {
    expect(missing({ limits: granted }, { limits: asked })).toEqual(expected);
  });

  test("wider limits of a new version are shown", async () => {
    ask({ limits: { memoryMb: 4096 } });
    await run("ext", "grant", path, "--yes");
    ask({ limits: { memoryMb: 8192 }, environment: ["API_KEY"] });
    const { stdout, exitCode } = await run("ext", "grant", path);
    expect(stdout).toContain("+ limit memoryMb 8192\n+ see API_KEY");
    expect(exitCode).toBe(1);
  });
});

describe.skipIf(missingSandbox !== undefined)("a sandboxed extension that asks", () => {
  test("does not start until what it asks for is granted, and is told how", async () => {
    const { exitCode, stderr } = await read();
    expect(stderr).toContain(`  read ${note}\nLook at it, then run: tau ext grant ${path} --yes`);
    expect(exitCode).toBe(1);
    await run("ext", "grant", path, "--yes");
    expect(await read()).toMatchObject({ exitCode: 0, stdout: "a note\n" });
  });

  test("that asks for more is not started, and for less is", async () => {
    await run("ext", "grant", path, "--yes");
    ask({ files: { read: [note, "/etc"] } });
    expect((await read()).stderr).toContain("not granted is:\n  read /etc\n");
    ask({});
    expect((await read()).stderr).toContain("ENOENT");
  });

  test("does not start once it is taken back", async () => {
    await run("ext", "grant", path, "--yes");
    await run("ext", "grant", path, "--revoke");
    expect((await read()).stderr).toContain("not granted is:");
  });
});

describe("what was granted", () => {
  const lines = (permissions: Parameters<typeof linesOf>[0]) => linesOf(permissions, "/project");

  test("covers what is in a granted folder, and reading where writing was granted", () => {
    const granted = lines({ files: { write: ["."] } });
    expect(missingFrom(granted, lines({ files: { read: ["/project/a"], write: ["/project/b"] } }))).toEqual([]);
  });

  test("covers no writing where reading was granted, and no folder that only begins so", () => {
    const granted = lines({ files: { read: ["."] } });
    const asked = lines({ files: { read: ["/project-2"], write: ["/project/a"] } });
    expect(missingFrom(granted, asked)).toEqual(["read /project-2", "write /project/a"]);
  });

  test("in one project is not granted in another one", () => {
    const here = linesOf({ files: { read: ["."] } }, "/here");
    expect(missingFrom(here, linesOf({ files: { read: ["."] } }, "/there"))).toEqual(["read /there"]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { missingSandbox } from "../../host/test/support/sandbox.ts";
import { tau } from "./run-tau.ts";
import { saying, Workplace } from "./workplace.ts";

const missing = missingSandbox;
if (missing !== undefined) console.warn(`The tests of the sandbox are skipped: ${missing}`);

const folder = mkdtempSync(join(tmpdir(), "tau-cli-sandbox-"));
const file = join(folder, "note.txt");
writeFileSync(file, "a note\n");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = ["call", "read_file", JSON.stringify({ path: file }), "-e", "fixtures/reader.ts"];

describe.skipIf(missing !== undefined)("with a sandbox", () => {
  test("an extension reads what --allow-read grants and nothing else", async () => {
    expect(await tau([...read, "--allow-read", folder])).toMatchObject({ exitCode: 0, stdout: "a note\n" });
    const { exitCode, stderr } = await tau([...read, "--isolation", "sandbox"]);
    expect(stderr).toContain("ENOENT");
    expect(exitCode).toBe(1);
  });

  test("tau ext list tells what holds an extension, and what it may reach", async () => {
    await using place = new Workplace();
    place.write("voice.ts", saying("first"));
    await place.watchCall("voice.ts", ["--allow-read", place.folder, "--allow-net", "api.example"]);
    // It says the number that it has inside, which is somebody else's outside.
    place.pids.clear();
    const { stdout } = await place.run("ext", "list");
    expect(stdout).toMatch(/\n {2}voice +ready +sandbox /);
    const note = `sandbox, held by namespaces: may read ${place.folder}; ask api.example:443`;
    expect(stdout).toContain(`\n    ${note}`);
  });

  test("an extension uses no more than --limit lets it", async () => {
    const { exitCode, stderr } = await tau([...read, "--allow-read", folder, "--limit", "outputBytes=10"]);
    expect(stderr).toContain("at most 10 bytes");
    expect(exitCode).toBe(1);
    expect((await tau([...read, "--limit", "lots"])).stderr).toContain("Expected --limit NAME=NUMBER");
  });

  test("tau doctor says what is held, having tried", async () => {
    const { exitCode, stdout } = await tau(["doctor"]);
    expect(stdout).toMatch(/process +yes +- +open +open +open +open/);
    expect(stdout).toMatch(/sandbox +yes +namespaces +held +held +held +held/);
    expect(stdout).toMatch(/wasm +yes +namespaces +held +held +held +held/);
    expect(exitCode).toBe(0);
  });
});

describe("a policy of the user's settings", () => {
  const home = join(folder, "home");
  const policy = (rules: object): void => writeFileSync(join(home, "settings.json"), JSON.stringify({ policy: rules }));
  const run = () => tau([...read, "--allow-read", folder], { env: { TAU_HOME: home } });

  test("wins over flags, and is named with the rule and the file", async () => {
    mkdirSync(home, { recursive: true });
    policy({ forbid: { files: { read: [folder] } } });
    const { exitCode, stderr } = await run();
    expect(stderr).toContain(`the policy in ${home}/settings.json`);
    expect(stderr).toContain(`\`forbid.files.read\` (${folder})`);
    expect(exitCode).toBe(1);
  });

  test("with a typo starts nothing", async () => {
    mkdirSync(home, { recursive: true });
    policy({ forbid: { file: [] } });
    const { exitCode, stderr } = await run();
    expect(stderr).toContain("`policy.forbid` to be files, programs, network, environment and nothing else");
    expect(exitCode).toBe(1);
  });
});

test("permissions that would not hold are refused", async () => {
  const { exitCode, stderr } = await tau([...read, "--isolation", "process", "--allow-read", folder]);
  expect(stderr).toContain("Expected --isolation sandbox or wasm beside --allow-");
  expect(exitCode).toBe(2);
});

test("tau doctor exits 1 where there is no sandbox, and says what to install", async () => {
  const { exitCode, stdout } = await tau(["doctor"], { env: { PATH: "/nowhere" } });
  expect(stdout).toMatch(/sandbox +no/);
  expect(stdout).toMatch(/wasm +yes +- +held +held +held +held/);
  expect(stdout).toContain("apt install bubblewrap");
  expect(exitCode).toBe(1);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { missingSandbox } from "../../host/test/support/sandbox.ts";
import { tau } from "./run-tau.ts";

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

  test("tau doctor says what is held, having tried", async () => {
    const { exitCode, stdout } = await tau(["doctor"]);
    expect(stdout).toMatch(/process +yes +open +open +open +open/);
    expect(stdout).toMatch(/sandbox +yes +held +held +held +held/);
    expect(stdout).toMatch(/wasm +yes +held +held +held +held/);
    expect(exitCode).toBe(0);
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
  expect(stdout).toMatch(/wasm +yes +held +held +held +held/);
  expect(stdout).toContain("apt install bubblewrap");
  expect(exitCode).toBe(1);
});

import { expect, test } from "vitest";
import { tau } from "./run-tau.ts";

const EXTENSION = ["-e", "fixtures/tools.ts"];

test("call writes the result to stdout and the progress to stderr", async () => {
  expect(await tau(["call", "echo", '{"text":"hello"}', ...EXTENSION])).toEqual({
    exitCode: 0,
    stdout: "hello\n",
    stderr: "about to echo\n",
  });
});

test("call reads its arguments from stdin where they are given as -", async () => {
  const { stdout } = await tau(["call", "echo", "-", ...EXTENSION], { stdin: '{"text":"from stdin"}\n' });
  expect(stdout).toBe("from stdin\n");
});

test("call --json writes the whole result", async () => {
  const { stdout } = await tau(["call", "echo", '{"text":"hello"}', "--json", ...EXTENSION]);
  expect(JSON.parse(stdout)).toEqual({ content: [{ type: "text", text: "hello" }], details: { length: 5 } });
});

test("an image is told of by its type and size", async () => {
  const { stdout } = await tau(["call", "image", ...EXTENSION]);
  expect(stdout).toBe("[image image/png, 1234 bytes]\n");
});

test("a tool that answers an error exits 1, with its text on stderr", async () => {
  expect(await tau(["call", "fail", ...EXTENSION])).toEqual({ exitCode: 1, stdout: "", stderr: "no luck\n" });
});

test("a tool that answers an error still gives its JSON on stdout", async () => {
  const { exitCode, stdout, stderr } = await tau(["call", "fail", "--json", ...EXTENSION]);
  expect(JSON.parse(stdout)).toEqual({ content: [{ type: "text", text: "no luck" }], isError: true });
  expect(stderr).toBe("");
  expect(exitCode).toBe(1);
});

test("a tool that throws exits 1 and shows the place in the author's source", async () => {
  const { exitCode, stderr } = await tau(["call", "throw", ...EXTENSION]);
  expect(stderr).toMatch(/^error: a bug\n\s+at .*fixtures\/tools\.ts:\d+:\d+\)/);
  expect(exitCode).toBe(1);
});

test("an extension that exits in the middle of a call exits 1 and shows its last output", async () => {
  const { exitCode, stderr } = await tau(["call", "exit", ...EXTENSION]);
  expect(stderr).toContain("error: Extension `tools` exited with code 7.");
  expect(stderr).toContain("last words");
  expect(exitCode).toBe(1);
});

test("a tool that does not exist exits 1 and names the nearest", async () => {
  const { exitCode, stderr } = await tau(["call", "ecko", ...EXTENSION]);
  expect(stderr).toBe("error: There is no tool `ecko`. Did you mean `echo`?\n");
  expect(exitCode).toBe(1);
});

test("arguments that do not fit the schema exit 1 and name the field", async () => {
  const { exitCode, stderr } = await tau(["call", "echo", '{"text":5}', ...EXTENSION]);
  expect(stderr).toMatch(/arguments\.text: expected .*string/);
  expect(exitCode).toBe(1);
});

test("a call that takes longer than --timeout exits 1", async () => {
  const { exitCode, stderr } = await tau(["call", "wait", "--timeout", "1000", ...EXTENSION]);
  expect(stderr).toContain("1000 ms");
  expect(exitCode).toBe(1);
});

test("an extension sees the variables it was granted, by name or with a value, and no other", async () => {
  const env = { TAU_TEST_A: "here", TAU_TEST_B: "here", TAU_TEST_C: "secret" };
  const grants = ["--env", "TAU_TEST_A", "--env", "TAU_TEST_B=given=so"];
  const { stdout } = await tau(["call", "environment", ...grants, ...EXTENSION], { env });
  expect(stdout).toBe("here given=so undefined\n");
});

test("--verbose shows what the extension logs, with its id, on stderr only", async () => {
  const { stdout, stderr } = await tau(["call", "echo", '{"text":"hello"}', "--verbose", ...EXTENSION]);
  expect(stderr).toContain("tools | set up\n");
  expect(stdout).toBe("hello\n");
});

test("--command runs a program as an extension, with quoted words kept together", async () => {
  const command = `"${process.execPath}" "fixtures/a program.mjs" 'be loud'`;
  const { exitCode, stdout } = await tau(["call", "shout", "--command", command]);
  expect(stdout).toBe("BE LOUD\n");
  expect(exitCode).toBe(0);
});

import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { tau } from "./run-tau.ts";

const EXTENSION = ["-e", "fixtures/tools.ts"];

test("--help lists the commands and the exit codes", async () => {
  const { exitCode, stdout } = await tau(["--help"]);
  expect(stdout).toMatch(/tools .*\n.*call .*\n.*ext .*\n.*conformance .*\n.*doctor .*\n.*demo /);
  expect(stdout).toContain("2 wrong usage");
  expect(exitCode).toBe(0);
});

test.each([
  "tools",
  "call",
  "demo",
  "doctor",
  "ext",
  "ext list",
  "ext reload",
  "ext enable",
  "ext grant",
  "ext build",
  "ext logs",
])("%s --help has an example", async (command) => {
  const { exitCode, stdout } = await tau([...command.split(" "), "--help"]);
  expect(stdout).toMatch(new RegExp(`\\n  .*tau ${command}`));
  expect(exitCode).toBe(0);
});

test("--version is the package's", async () => {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  const { stdout } = await tau(["--version"]);
  expect(stdout).toBe(`${(JSON.parse(text) as { version: string }).version}\n`);
});

test("nothing is coloured where there is no terminal, not even when CI is set", async () => {
  const { stdout } = await tau(["tools", ...EXTENSION], { env: { CI: "true" } });
  expect(stdout).not.toContain("\u001B");
});

describe("wrong usage exits 2, writes nothing to stdout and tells the next step:", () => {
  const cases: [string, string[], RegExp][] = [
    ["an unknown command", ["tols"], /Did you mean `tau tools`\?/],
    ["an unknown flag", ["call", "echo", "--jsn", ...EXTENSION], /--jsn, did you mean --json\?\nAdd --help/],
    ["no extension", ["tools"], /Expected an extension, got none\. Name one with -e/],
    ["no tool", ["call", ...EXTENSION], /tool/],
    [
      "JSON that does not parse",
      ["call", "echo", "{text}", ...EXTENSION],
      /Expected JSON behind the tool's name, got \{text\}/,
    ],
    ["JSON that is no object", ["call", "echo", "[1]", ...EXTENSION], /Expected a JSON object .*, got \[1\]/],
    ["an empty stdin", ["call", "echo", "-", ...EXTENSION], /Expected JSON on stdin, got nothing/],
    ["a timeout that is no number", ["tools", "--timeout", "soon", ...EXTENSION], /number of milliseconds above 0/],
    [
      "a variable that is not set",
      ["tools", "--env", "TAU_TEST_NONE", ...EXTENSION],
      /Expected TAU_TEST_NONE to be set here/,
    ],
    ["a variable without a name", ["tools", "--env", "=5", ...EXTENSION], /Expected --env NAME or --env NAME=VALUE/],
    ["an unknown subcommand", ["ext", "lst"], /did you mean `list`\?\nTry: tau --help/],
    ["no id", ["ext", "reload"], /id/],
    ["a process that is no number", ["ext", "logs", "x", "--pid", "mine"], /expected a whole number/],
    ["an open quote", ["tools", "--command", "node 'x"], /Expected a command whose quotes are closed/],
    ["an empty command", ["tools", "--command", " "], /Expected --command to name a program/],
  ];
  test.each(cases)("%s", async (_, args, message) => {
    const { exitCode, stdout, stderr } = await tau(args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

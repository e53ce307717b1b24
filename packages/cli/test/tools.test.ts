import { expect, test } from "vitest";
import { tau } from "./run-tau.ts";

test("tools shows each tool's name, label, extension, description and parameters", async () => {
  const { exitCode, stdout, stderr } = await tau(["tools", "-e", "fixtures/tools.ts"]);
  expect(stdout).toContain(
    [
      "echo  Echo  (tools)",
      "  Answers what it was told",
      "  { text: string, times?: 1 | 2, tags?: string[] }",
      "",
      "fail  (tools)",
      "  Says no",
      "  no parameters",
    ].join("\n"),
  );
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
});

test("tools says what an extension without tools takes part in", async () => {
  const { stdout } = await tau(["tools", "-e", "fixtures/silent.ts"]);
  expect(stdout).toBe("silent offers no tools. It hears of agent_end.\n");
});

test("tools --json is an array of descriptors, in the order of the flags", async () => {
  const { stdout } = await tau(["tools", "--json", "-e", "fixtures/silent.ts", "-e", "fixtures/tools.ts"]);
  const descriptors = JSON.parse(stdout) as { name: string }[];
  expect(descriptors[1]).toEqual({
    name: "fail",
    description: "Says no",
    parameters: { type: "object" },
    extensionId: "tools",
  });
  expect(descriptors.map(({ name }) => name)).toEqual([
    "echo",
    "fail",
    "throw",
    "exit",
    "image",
    "environment",
    "wait",
    "spin",
  ]);
});

test("a file that does not exist exits 1 and names the path", async () => {
  const { exitCode, stdout, stderr } = await tau(["tools", "-e", "fixtures/nowhere.ts"]);
  expect(stderr).toMatch(/^error: Expected an extension at .*nowhere\.ts, found nothing there\. Check the path\.\n$/);
  expect(stdout).toBe("");
  expect(exitCode).toBe(1);
});

test("a syntax error is shown with file, line, column and the line's text", async () => {
  const { exitCode, stderr } = await tau(["tools", "-e", "fixtures/broken/syntax.ts"]);
  expect(stderr).toMatch(/broken\/syntax\.ts:2:18: Unexpected ";"\n {6}const answer = ;\n/);
  expect(exitCode).toBe(1);
});

test("one broken extension among several takes nothing but the command down", async () => {
  const { exitCode, stdout, stderr } = await tau([
    "tools",
    "-e",
    "fixtures/tools.ts",
    "-e",
    "fixtures/broken/syntax.ts",
  ]);
  expect(stderr).toContain("syntax.ts:2:18");
  expect(stdout).toBe("");
  expect(exitCode).toBe(1);
});

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { tau } from "./run-tau.ts";

const PEER = fileURLToPath(new URL("../../conformance/test/fixtures/peer.mjs", import.meta.url));
const peer = (...args: string[]): string[] => ["--", process.execPath, PEER, ...args];

describe("tau conformance", () => {
  test("prints a table of the groups and what was counted", async () => {
    const { exitCode, stdout } = await tau(["conformance", "--only", "cancel", "--transport", "both", ...peer()]);
    expect(stdout).toContain("(stdin and stdout)");
    expect(stdout).toContain("(descriptor 3)");
    expect(stdout).toMatch(/^group +passed +failed +skipped\ncancel +\d+ +0 +0$/m);
    expect(stdout).toMatch(/^\d+ passed, 0 failed, 0 skipped$/m);
    expect(exitCode).toBe(0);
  });

  test("says of a rule that is broken what was expected, what came and after which lines, and exits with 1", async () => {
    const { exitCode, stdout } = await tau([
      "conformance",
      "--only",
      "cancel/cancel",
      ...peer("--break", "wrong-code"),
    ]);
    expect(stdout).toContain("FAILED cancel/cancel (C-1, C-4): A cancelled call gets exactly one answer");
    expect(stdout).toContain("  expected a line as the schema has it: X-1:");
    expect(stdout).toMatch(/ {4}→ .*"method":"\$\/cancel"/);
    expect(exitCode).toBe(1);
  });

  test("prints results for programs with --json", async () => {
    const { stdout } = await tau(["conformance", "--json", "--only", "L-4", ...peer()]);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        transport: "stdio",
        extension: { isReference: true },
        failed: 0,
        results: [{ id: "life/too-late", outcome: "passed" }],
      },
    ]);
  });

  test("asks of an extension that is no reference extension what every one must do, and says why it skips the rest", async () => {
    const { exitCode, stdout } = await tau(["conformance", ...peer("--break", "small-offer"), "--name", "mine"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("mine 1.0.0: not the reference extension, level basic");
    expect(stdout).toMatch(/skipped: \d+ checks: needs the tools of the reference extension/);
  });

  test("says of a program that does not start what it printed", async () => {
    const broken = [process.execPath, "-e", 'console.error("no licence"); process.exit(3)'];
    const { exitCode, stderr } = await tau(["conformance", "--", ...broken]);
    expect(stderr).toContain("did not start");
    expect(stderr).toContain("no licence");
    expect(exitCode).toBe(1);
  });

  test.for([
    ["no command", [], "behind --"],
    ["a check that is not there", ["--only", "nonsense", ...peer()], "--only"],
  ] as const)("%s is wrong usage", async ([, args, message]) => {
    const { exitCode, stderr } = await tau(["conformance", ...args]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});

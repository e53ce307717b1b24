import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { missingPython, PACKAGE, SOURCES } from "./python.ts";

if (missingPython !== undefined) console.warn(missingPython);

test.skipIf(missingPython !== undefined)("the Python SDK passes its own tests", { timeout: 120_000 }, () => {
  const { status, stderr } = spawnSync("python3", ["-m", "unittest", "discover", "-s", "tests", "-t", "."], {
    cwd: PACKAGE,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], PYTHONPATH: SOURCES, PYTHONDONTWRITEBYTECODE: "1" },
  });
  expect(stderr).toMatch(/Ran \d{2,} tests/);
  expect(status, stderr).toBe(0);
});

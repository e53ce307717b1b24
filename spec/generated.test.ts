import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

test("the types and the page of the events are what spec/events.json says", () => {
  const script = fileURLToPath(new URL("../scripts/generate-events.mjs", import.meta.url));
  // Throws with what it says where they are not.
  execFileSync(process.execPath, [script, "--check"], { encoding: "utf8" });
});

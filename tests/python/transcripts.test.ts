import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseTranscript, replay } from "../../packages/ext/test/replay.ts";
import { missingPython, PACKAGE, startPython } from "./python.ts";

const TRANSCRIPTS = new URL("../../spec/transcripts/", import.meta.url);
const files = readdirSync(TRANSCRIPTS).filter((name) => name.endsWith(".jsonl"));

if (missingPython !== undefined) console.warn(missingPython);

for (const channel of ["fd 3", "stdio"] as const) {
  describe.skipIf(missingPython !== undefined)(`the Python SDK on ${channel}`, () => {
    for (const file of files) {
      const transcript = parseTranscript(readFileSync(new URL(file, TRANSCRIPTS), "utf8"));
      test(`${file}: ${transcript.title} (${transcript.rules.join(", ")})`, { timeout: 60_000 }, async () => {
        await using extension = startPython([`${PACKAGE}tests/reference.py`], channel);
        await replay(transcript, extension);
      });
    }
  });
}

test("there are transcripts to replay to Python", () => {
  expect(files.length).toBeGreaterThan(40);
});

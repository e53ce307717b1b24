import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { parseTranscript, replay } from "../../packages/ext/test/replay.ts";
import { buildExample, missingRust, startProgram } from "./rust.ts";

const TRANSCRIPTS = new URL("../../spec/transcripts/", import.meta.url);
const files = readdirSync(TRANSCRIPTS).filter((name) => name.endsWith(".jsonl"));

if (missingRust !== undefined) console.warn(missingRust);

describe.skipIf(missingRust !== undefined)("the Rust SDK", () => {
  let program = "";
  // The first build compiles everything that the crate uses.
  beforeAll(() => void (program = buildExample("reference")), 300_000);

  for (const channel of ["fd 3", "stdio"] as const) {
    for (const file of files) {
      const transcript = parseTranscript(readFileSync(new URL(file, TRANSCRIPTS), "utf8"));
      test(
        `${file} on ${channel}: ${transcript.title} (${transcript.rules.join(", ")})`,
        { timeout: 60_000 },
        async () => {
          await using extension = startProgram(program, channel);
          await replay(transcript, extension);
        },
      );
    }
  }
});

test("there are transcripts to replay to Rust", () => {
  expect(files.length).toBeGreaterThan(40);
});

import { createValidate, LineChecker, type Side, type Step, type Transcript } from "tau-conformance";
import type { JsonObject } from "tau-protocol";
import { describe, expect, it } from "vitest";
import { methods, schema, transcripts } from "./read.ts";
import { fillMarks, withoutRequired } from "./validator.ts";

const validateFull = createValidate(schema);
const validatePart = createValidate(withoutRequired(schema));

describe("the golden transcripts", () => {
  it.each(transcripts.map((transcript) => [transcript.name, transcript] as const))(
    "%s has only lines the schema allows",
    (_, transcript) => {
      expect(complaints(transcript)).toEqual([]);
    },
  );

  it("have a title that no other has", () => {
    expect(new Set(transcripts.map(({ title }) => title)).size).toBe(transcripts.length);
  });

  it("pad lines to more than their frame", () => {
    for (const { before, after, bytes } of transcripts.flatMap(({ steps }) =>
      steps.flatMap((step) => ("pad" in step ? [step.pad] : [])),
    )) {
      expect(bytes).toBeGreaterThan(Buffer.byteLength(before + after));
    }
  });
});

describe("the check of transcripts", () => {
  const hello = transcripts.find(({ name }) => name === "handshake.jsonl")!;

  it.each<[string, Step]>([
    ["a method of the wrong side", { from: "host", line: { jsonrpc: "2.0", id: 2, method: "registry/update" } }],
    [
      "params without a required field",
      { from: "host", line: { jsonrpc: "2.0", id: 2, method: "tool/execute", params: { tool: "echo" } } },
    ],
    ["a method before its id", { from: "host", line: { jsonrpc: "2.0", method: "ping", id: 2 } }],
    ["a result of the wrong type", { from: "extension", line: { jsonrpc: "2.0", id: 1, result: { tools: "none" } } }],
    [
      "a code of another kind",
      { from: "extension", line: { jsonrpc: "2.0", id: 1, error: { code: 1001, data: { kind: "denied" } } } },
    ],
  ])("notices %s", (_, step) => {
    expect(complaints({ ...hello, steps: [...hello.steps.slice(0, 1), step] })).not.toEqual([]);
  });
});

function complaints({ steps }: Transcript): string[] {
  const conversation = new LineChecker(methods);
  return steps.flatMap((step, index) =>
    linesOf(step).flatMap(({ from, line, partial }) =>
      conversation.check(from, line, partial ? validatePart : validateFull).map((text) => `step ${index + 1}: ${text}`),
    ),
  );
}

interface Line {
  from: Side;
  line: JsonObject;
  /** Names only some of the fields. */
  partial: boolean;
}

/** Lines sent on purpose to be faulty (`raw`, `hex`, `pad`) are none of the schema's. */
function linesOf(step: Step): Line[] {
  if ("lines" in step) return step.lines.map((line) => expected(line));
  if (!("line" in step)) return [];
  return [step.from === "host" ? { from: "host", line: step.line, partial: false } : expected(step.line)];
}

function expected(line: JsonObject): Line {
  return { from: "extension", line: fillMarks(line) as JsonObject, partial: true };
}

import type { JsonObject } from "tau-protocol";
import type { Level } from "./check.ts";

/** One line of a golden transcript; spec/transcripts/README.md describes them. */
export type Step =
  | { from: "host"; line: JsonObject }
  | { from: "host"; raw: string }
  | { from: "host"; hex: string }
  | { from: "host"; pad: { before: string; fill: string; after: string; bytes: number } }
  | { from: "host"; end: "channel-closed" }
  | { from: "extension"; line: JsonObject }
  | { from: "extension"; lines: JsonObject[] }
  | { from: "extension"; end: "exit"; status?: number };

export interface Transcript {
  /** The file's name. */
  name: string;
  title: string;
  group: string;
  rules: string[];
  /** Whose transcript it is: any extension's, or the reference extension's. @default "reference" */
  extension?: "any" | "reference";
  /** @default "full" */
  level?: Level;
  steps: Step[];
}

export function parseTranscript(name: string, text: string): Transcript {
  const [header, ...steps] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  return { name, ...(header as Omit<Transcript, "name" | "steps">), steps: steps as Step[] };
}

/** The bytes of a step of the host's. */
export function encodeStep(step: Exclude<Step & { from: "host" }, { end: unknown }>): string | Buffer {
  if ("line" in step) return `${JSON.stringify(step.line)}\n`;
  if ("raw" in step) return step.raw;
  if ("hex" in step) return Buffer.from(step.hex, "hex");
  const { before, fill, after, bytes } = step.pad;
  const space = bytes - Buffer.byteLength(before) - Buffer.byteLength(after);
  return `${before}${fill.repeat(Math.ceil(space / fill.length)).slice(0, space)}${after}\n`;
}

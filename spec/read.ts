/** The files of this folder, read and parsed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EventKind, JsonObject, JsonValue, OnFailure } from "tau-protocol";

export const root = fileURLToPath(new URL("..", import.meta.url));
const spec = fileURLToPath(new URL(".", import.meta.url));

export interface SchemaFile {
  $defs: Record<string, JsonObject>;
}

/** Which type each method takes and answers. */
export interface MethodTable {
  host: MethodsOfSide;
  extension: MethodsOfSide;
}

export type Side = keyof MethodTable;

export interface MethodsOfSide {
  requests: Record<string, { params: string; result: string; progress?: string }>;
  notifications: Record<string, string>;
}

export interface EventEntry {
  name: string;
  kind: EventKind;
  onFailure: OnFailure;
  description: string;
  payload: Record<string, string>;
  changes?: string[];
}

/** One step of a transcript; README.md in the folder describes them. */
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
  name: string;
  title: string;
  rules: string[];
  steps: Step[];
}

export const protocolText: string = readFileSync(join(spec, "protocol.md"), "utf8");
export const schema = readJson("schema.json") as unknown as SchemaFile;
export const methods = readJson("methods.json") as unknown as MethodTable;
export const events = (readJson("events.json") as unknown as { events: EventEntry[] }).events;
export const transcripts: Transcript[] = readdirSync(join(spec, "transcripts"))
  .filter((file) => file.endsWith(".jsonl"))
  .map(readTranscript);

function readJson(file: string): JsonValue {
  return JSON.parse(readFileSync(join(spec, file), "utf8")) as JsonValue;
}

function readTranscript(file: string): Transcript {
  const [header, ...steps] = readFileSync(join(spec, "transcripts", file), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  return { name: file, ...(header as { title: string; rules: string[] }), steps: steps as Step[] };
}

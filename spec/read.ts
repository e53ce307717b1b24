/** The files of this folder, read and parsed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type MethodTable, parseTranscript, type SchemaFile, type Transcript } from "tau-conformance";
import type { EventKind, JsonValue, OnFailure } from "tau-protocol";

export const root = fileURLToPath(new URL("..", import.meta.url));
const spec = fileURLToPath(new URL(".", import.meta.url));

export interface EventEntry {
  name: string;
  kind: EventKind;
  onFailure: OnFailure;
  description: string;
  payload: Record<string, string>;
  changes?: string[];
}

export const protocolText: string = readFileSync(join(spec, "protocol.md"), "utf8");
export const schema = readJson("schema.json") as unknown as SchemaFile;
export const methods = readJson("methods.json") as unknown as MethodTable;
export const events = (readJson("events.json") as unknown as { events: EventEntry[] }).events;
export const transcripts: Transcript[] = readdirSync(join(spec, "transcripts"))
  .filter((file) => file.endsWith(".jsonl"))
  .map((name) => parseTranscript(name, readFileSync(join(spec, "transcripts", name), "utf8")));

function readJson(file: string): JsonValue {
  return JSON.parse(readFileSync(join(spec, file), "utf8")) as JsonValue;
}

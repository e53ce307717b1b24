import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "tau-protocol";
import { parseTranscript, type Transcript } from "./transcript.ts";

/** `spec/schema.json`: every type by its name. */
export interface SchemaFile {
  $defs: Record<string, JsonObject>;
}

/** `spec/methods.json`: which type each method takes and answers, by who sends it. */
export interface MethodTable {
  host: MethodsOfSide;
  extension: MethodsOfSide;
}

export interface MethodsOfSide {
  requests: Record<string, { params: string; result: string; progress?: string }>;
  notifications: Record<string, string>;
}

const folder = fileURLToPath(new URL("spec/", import.meta.url));

export const readSchema = (): SchemaFile => readJson("schema.json") as SchemaFile;
export const readMethods = (): MethodTable => readJson("methods.json") as MethodTable;

/** The golden transcripts, by file name. */
export function readTranscripts(): Transcript[] {
  const names = readdirSync(`${folder}transcripts`).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => parseTranscript(name, readFileSync(`${folder}transcripts/${name}`, "utf8")));
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(`${folder}${name}`, "utf8"));
}

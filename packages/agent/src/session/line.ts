import type { JsonObject } from "tau-protocol";
import type { Entry, EntryBody } from "./entry.ts";

/** Of the lines; a file of a higher one was written by a newer tau. */
export const FORMAT = 1;

/** The first line of a session's file. */
export type Header = {
  type: "session";
  version: number;
  id: string;
  /** Absent where the header could not be read. */
  cwd?: string;
  at: string;
  /** Where it was forked from. */
  parent?: { session: string; entry?: string };
};

/** A line of a session's file. `repeat`: the session's name again, so that it is found near the end; no entry of its own. */
export type Line =
  | { kind: "header"; header: Header }
  | { kind: "entry"; entry: Entry }
  | { kind: "repeat"; name: string };

const KNOWN_BODIES: Readonly<Record<EntryBody["type"], (fields: JsonObject) => boolean>> = {
  message: ({ message }) => isObject(message) && typeof message["role"] === "string",
  model: ({ model }) => typeof model === "string",
  thinking: ({ level }) => typeof level === "string",
  tools: ({ tools }) => Array.isArray(tools),
  name: ({ name }) => typeof name === "string",
  compaction: ({ summary }) => typeof summary === "string",
  custom: ({ extensionId, kind }) => typeof extensionId === "string" && typeof kind === "string",
};

/** With its newline. */
export function encodeHeader(header: Header): string {
  return `${JSON.stringify(header)}\n`;
}

/** With its newline. An unknown entry goes back as it came. */
export function encodeEntry(entry: Entry): string {
  return `${JSON.stringify(entry.type === "unknown" ? entry.raw : entry)}\n`;
}

/** With its newline. */
export function encodeRepeatedName(name: string): string {
  return `${JSON.stringify({ type: "name", name, repeat: true })}\n`;
}

/** A line without its newline. `undefined`: it was not written whole, or by something else. */
export function decodeLine(text: string): Line | undefined {
  const fields = parseObject(text);
  if (fields === undefined || typeof fields["type"] !== "string") return undefined;
  const { type, id, at, parent, name, repeat } = fields;
  if (type === "session") return isHeader(fields) ? { kind: "header", header: fields } : undefined;
  if (type === "name" && repeat === true) return typeof name === "string" ? { kind: "repeat", name } : undefined;
  if (typeof id !== "string" || typeof at !== "string") return undefined;
  if (!Object.hasOwn(KNOWN_BODIES, type)) {
    const own = typeof parent === "string" ? { parent } : {};
    return { kind: "entry", entry: { type: "unknown", id, at, ...own, raw: fields } };
  }
  return KNOWN_BODIES[type as EntryBody["type"]](fields) ? { kind: "entry", entry: fields as Entry } : undefined;
}

function isHeader(fields: JsonObject): fields is Header & JsonObject {
  return typeof fields["id"] === "string" && typeof fields["version"] === "number" && typeof fields["at"] === "string";
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // The caller reports it, with its place.
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

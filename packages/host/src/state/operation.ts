import {
  type GetStateResult,
  type JsonValue,
  MAX_STATE_KEY_LENGTH,
  MAX_STATE_VALUE_BYTES,
  type StateScope,
  TauError,
} from "tau-protocol";
import { errorText } from "tau-rpc";
import { show } from "../show.ts";
import type { Table } from "./table.ts";

export type ReadOperation = { kind: "get"; key: string } | { kind: "keys"; prefix: string };

/** `text`: the value as JSON. */
export type WriteOperation =
  | { kind: "set"; key: string; text: string; ifRevision: number | undefined }
  | { kind: "delete"; key: string; ifRevision: number | undefined };

/** What an extension asks, once its params have been checked. */
export type Operation = ReadOperation | WriteOperation;

export const STATE_METHODS = ["state/get", "state/set", "state/delete", "state/keys"] as const;

/** @throws TauError `invalid-params` */
export function readOperation(method: (typeof STATE_METHODS)[number], params: Record<string, unknown>): Operation {
  switch (method) {
    case "state/get":
      return { kind: "get", key: readKey(params["key"]) };
    case "state/set":
      return {
        kind: "set",
        key: readKey(params["key"]),
        text: readValue(params["value"]),
        ifRevision: readRevision(params["ifRevision"]),
      };
    case "state/delete":
      return { kind: "delete", key: readKey(params["key"]), ifRevision: readRevision(params["ifRevision"]) };
    case "state/keys":
      return { kind: "keys", prefix: readPrefix(params["prefix"]) };
  }
}

/** @throws TauError `invalid-params` */
export function readScope(value: unknown): StateScope {
  if (value === "session" || value === "user") return value;
  throw invalid(`Expected \`scope\` to be "session" or "user", got ${show(value)}.`);
}

/** The answer to a question that changes nothing. */
export function answerRead(table: Table, operation: ReadOperation): GetStateResult | { keys: string[] } {
  if (operation.kind === "keys") return { keys: table.keys(operation.prefix) };
  const found = table.get(operation.key);
  if (found === undefined) return { revision: 0 };
  return { value: JSON.parse(found.text) as JsonValue, revision: found.revision };
}

/** The error of a write over another revision than the one that is there (spec/protocol.md, S-5). */
export function conflict(key: string, expected: number, found: number): TauError {
  const there = found === 0 ? "there is no value" : `it has revision ${found}`;
  const text = `Expected key ${show(key)} to have revision ${expected}, but ${there}. Read it again, then write.`;
  return new TauError("denied", text, { executed: "no", detail: { revision: found } });
}

function readKey(value: unknown): string {
  if (typeof value !== "string" || value === "") throw invalid(`Expected \`key\` to be a text, got ${show(value)}.`);
  if (value.length <= MAX_STATE_KEY_LENGTH) return value;
  throw tooLong(
    "`key` to be at most",
    MAX_STATE_KEY_LENGTH,
    value.length,
    "UTF-16 units. Use a shorter key, such as a hash",
  );
}

function readPrefix(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  throw invalid(`Expected \`prefix\` to be a text or absent, got ${show(value)}.`);
}

function readRevision(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw invalid(`Expected \`ifRevision\` to be a whole number from 0 or absent, got ${show(value)}.`);
}

function readValue(value: unknown): string {
  if (value === undefined) throw invalid("Expected a `value`, got none. Use `state/delete` to take one away.");
  const text = toJson(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_STATE_VALUE_BYTES) return text;
  throw tooLong("the JSON of `value` to have at most", MAX_STATE_VALUE_BYTES, bytes, "bytes. Keep large data in files");
}

/** It was JSON on its way here; what is nested deeper than the stack can't be written again. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw invalid(`Expected a \`value\` that can be written as JSON: ${errorText(error)}. Nest it less deeply.`);
  }
}

function tooLong(what: string, limit: number, got: number, unit: string): TauError {
  const text = `Expected ${what} ${limit}, got ${got} ${unit}.`;
  return new TauError("invalid-params", text, { executed: "no", detail: { limit, got } });
}

function invalid(message: string): TauError {
  return new TauError("invalid-params", message, { executed: "no" });
}

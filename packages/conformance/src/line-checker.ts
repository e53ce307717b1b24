import { type JsonObject, type JsonValue, WIRE_CODES, type WireErrorKind } from "tau-protocol";
import type { MethodTable } from "./spec-files.ts";
import type { Validate } from "./validate.ts";

export type { Validate } from "./validate.ts";
export type Side = keyof MethodTable;

/** Follows one conversation, so that an answer is checked as the answer to its request. */
export class LineChecker {
  readonly #methods: MethodTable;
  readonly #pending: Record<Side, Map<JsonValue, string>> = { host: new Map(), extension: new Map() };
  readonly #lastId: Record<Side, number> = { host: 0, extension: 0 };

  constructor(methods: MethodTable) {
    this.#methods = methods;
  }

  /** What is wrong with this line, by the schema (V-7), the order of its fields (F-4) and its codes. */
  check(from: Side, line: JsonObject, validate: Validate): string[] {
    const complaints = [...validate("Message", line), ...checkOrder(line)];
    const { id, method } = line;
    if (typeof method !== "string") return [...complaints, ...this.#checkAnswer(from, line, validate)];
    if (id !== undefined) this.#pending[from].set(id, method);
    return [...complaints, ...this.#checkParams({ from, line, method }, validate)];
  }

  /** M-2: ids count up from 1. Asked apart from the rest, because transcripts break it on purpose. */
  checkId(from: Side, { id, method }: JsonObject): string[] {
    if (typeof method !== "string" || typeof id !== "number") return [];
    const expected = this.#lastId[from] + 1;
    this.#lastId[from] = id;
    return id === expected ? [] : [`M-2: ids count up by one: expected ${expected}, got ${id}`];
  }

  #checkAnswer(from: Side, { id, result, error }: JsonObject, validate: Validate): string[] {
    const asker: Side = from === "host" ? "extension" : "host";
    const method = this.#pending[asker].get(id ?? null);
    if (error !== undefined) return checkCode(error as JsonObject);
    if (method === undefined || result === undefined) return [];
    const type = this.#methods[asker].requests[method]?.result;
    return type === undefined ? [] : validate(type, result);
  }

  #checkParams({ from, line, method }: { from: Side; line: JsonObject; method: string }, validate: Validate): string[] {
    const table = this.#methods[from];
    const type = line["id"] === undefined ? table.notifications[method] : table.requests[method]?.params;
    // What is about unknown methods names them so.
    if (type === undefined)
      return method.startsWith("future/") ? [] : [`there is no method ${method} of the ${from}'s`];
    return validate(type, line["params"] ?? {});
  }
}

/** F-4: what a line is, is written first. */
function checkOrder(line: JsonObject): string[] {
  const first = ["jsonrpc", "id", "method"].filter((key) => key in line);
  const keys = Object.keys(line).slice(0, first.length);
  return first.join() === keys.join() ? [] : [`F-4: ${keys.join()} comes first, expected ${first.join()}`];
}

function checkCode({ code, data }: JsonObject): string[] {
  const kind = (data as JsonObject | undefined)?.["kind"];
  if (kind === undefined) return [];
  return WIRE_CODES[kind as WireErrorKind] === code
    ? []
    : [`X-1: ${JSON.stringify(kind)} does not have the code ${JSON.stringify(code)}`];
}

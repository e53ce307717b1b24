import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import type { JsonObject, JsonValue } from "tau-protocol";
import type { TauContext } from "./context.ts";
import { wrongUsage } from "./errors.ts";

/**
 * A tool's arguments as the command line gives them: none, JSON, or `-` for JSON on stdin.
 * @throws CliError when they are no JSON object
 */
export async function readArguments(given: string | undefined, context: TauContext): Promise<JsonObject> {
  if (given === undefined) return {};
  const { stdin } = context.process;
  return given === "-"
    ? parseArguments(await text(addAbortSignal(context.signal, stdin)), "on stdin")
    : parseArguments(given, "behind the tool's name");
}

function parseArguments(json: string, place: string): JsonObject {
  const value = parseJson(json, place);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw wrongUsage(`Expected a JSON object ${place}, such as '{"query": "tau"}', got ${shorten(json)}.`);
}

function parseJson(json: string, place: string): JsonValue {
  try {
    return JSON.parse(json) as JsonValue;
  } catch (error) {
    throw wrongUsage(
      `Expected JSON ${place}, got ${shorten(json)}: ${(error as Error).message}. ` +
        `Write it in single quotes: '{"query": "tau"}'.`,
    );
  }
}

function shorten(json: string): string {
  const line = json.trim().replaceAll(/\s+/g, " ");
  if (line === "") return "nothing";
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

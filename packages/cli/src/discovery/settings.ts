import { readFile } from "node:fs/promises";
import type { GuestLimits, Isolation, Permissions, Policy } from "tau-host";
import { type JsonObject, TauError, type ThinkingLevel } from "tau-protocol";

/** `settings.json` of the user (`$TAU_HOME`) or of a project (`.tau`). */
export interface Settings {
  /** `provider/model` */
  model?: string;
  thinking?: ThinkingLevel;
  /** Extensions beside those that are found: paths, seen from the folder of the file. */
  extensions?: string[];
  /** For each extension by its id: its settings. */
  config?: Record<string, JsonObject>;
  /** For each extension by its id: environment variables that it may see. */
  env?: Record<string, string[]>;
  /** For each extension by its id, or `*` for those that are not named: how it is kept from what it was not granted. */
  isolation?: Record<string, Isolation>;
  /** For each extension by its id: what it may reach in a sandbox or, by `network` alone, as a guest. */
  permissions?: Record<string, Permissions>;
  /** What no extension gets, whoever grants it. A project's holds beside the user's. */
  policy?: Policy;
  /** For each extension by its id, or `*`: what it may use as a guest (isolation "wasm"). */
  guest?: Record<string, GuestLimits>;
  /** Tools of tau's own that are offered. @default all of them */
  codingTools?: boolean | string[];
}

const LEVELS: readonly unknown[] = ["off", "low", "medium", "high"];

const ISOLATIONS: readonly unknown[] = ["process", "sandbox", "wasm"];

const CHECKS: { readonly [Name in keyof Required<Settings>]: [(value: unknown) => boolean, string] } = {
  model: [isText, "a text such as `anthropic/claude-sonnet-4-5`"],
  thinking: [(value) => LEVELS.includes(value), "one of off, low, medium, high"],
  extensions: [isTexts, "a list of paths"],
  config: [
    (value) => isObject(value) && Object.values(value).every(isObject),
    "an object with an object for each extension",
  ],
  env: [
    (value) => isObject(value) && Object.values(value).every(isTexts),
    "an object with a list of names for each extension",
  ],
  isolation: [
    (value) => isObject(value) && Object.values(value).every((each) => ISOLATIONS.includes(each)),
    'an object with "process", "sandbox" or "wasm" for each extension',
  ],
  permissions: [
    (value) => isObject(value) && Object.values(value).every(isObject),
    "an object with an object for each extension",
  ],
  policy: [isObject, "an object with what is forbidden"],
  guest: [
    (value) => isObject(value) && Object.values(value).every(isLimits),
    "an object with { memoryBytes, cpuMsPerCall } for each extension",
  ],
  codingTools: [(value) => typeof value === "boolean" || isTexts(value), "true, false, or a list of names"],
};

/**
 * None where there is no file.
 * @throws TauError `invalid-option` with the file, the place and what was expected
 */
export async function readSettings(path: string): Promise<Settings> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw invalid(path, `a file that can be read: ${error.message}`);
  });
  return text === undefined ? {} : parseSettings(text, path);
}

export function parseSettings(text: string, path: string): Settings {
  const value = parse(text, path);
  if (!isObject(value)) throw invalid(path, "a JSON object");
  for (const [name, given] of Object.entries(value)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof Settings] : undefined;
    if (check === undefined) {
      throw invalid(
        `${path}${placeOf(text, name)}`,
        `no setting \`${name}\`; there are ${Object.keys(CHECKS).join(", ")}`,
      );
    }
    const [isRight, expected] = check;
    if (!isRight(given))
      throw invalid(`${path}${placeOf(text, name)}`, `\`${name}\` to be ${expected}, got ${JSON.stringify(given)}`);
  }
  return value;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const [, position] = /position (\d+)/.exec(message) ?? [];
    const place = position === undefined ? "" : lineAndColumn(text, Number(position));
    throw invalid(`${path}${place}`, `JSON: ${message}`);
  }
}

/** Where a setting is named, as far as its name alone tells. */
function placeOf(text: string, name: string): string {
  const index = text.indexOf(JSON.stringify(name));
  return index === -1 ? "" : lineAndColumn(text, index);
}

function lineAndColumn(text: string, index: number): string {
  const before = text.slice(0, index).split("\n");
  return `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function invalid(place: string, expected: string): TauError {
  return new TauError("invalid-option", `${place}: expected ${expected}.`, { executed: "no" });
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isLimits(value: unknown): boolean {
  const names = ["memoryBytes", "cpuMsPerCall"];
  return (
    isObject(value) && Object.entries(value).every(([name, max]) => names.includes(name) && typeof max === "number")
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

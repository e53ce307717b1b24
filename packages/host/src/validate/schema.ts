import type { Ajv2020, ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { type JsonSchema, MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH } from "tau-protocol";
import { describeErrors } from "./describe.ts";
import { createValidator, loadMetaSchema } from "./validator.ts";
import { Watchdog, WatchdogError } from "./watchdog.ts";

/** Says what is wrong with a value, a line for each fault, or nothing. */
export type Check = (value: unknown) => string[] | undefined;

/** Checks whose time nothing bounds are stopped after this long. They block the host meanwhile, so it is short. */
const RISKY_CHECK_TIMEOUT_MS = 100;

/** Source: JSON Schema 2020-12. What can make the time of a check grow faster than schema × value. */
const RISKY_KEYWORDS = ["$ref", "$dynamicRef", "pattern", "patternProperties", "uniqueItems"];

/** Names that a validator keeps for all schemas it has seen. */
const NAMING_KEYWORDS = ["$id", "$anchor", "$dynamicAnchor"];

/** Keywords at which the validator may throw when it compiles them. */
const REFUSABLE_KEYWORDS = ["nullable", ...NAMING_KEYWORDS];

/** Compiles schemas that extensions send. One for each host: compiled code is kept as long as the host is. */
export class SchemaCompiler {
  #watchdog: Watchdog | undefined;
  #loaded: Ajv2020 | undefined;
  #loadedMetaSchema: ValidateFunction | undefined;

  /** Loads what the first check needs, for when there is time. */
  warmUp(): void {
    void this.#validator;
  }

  /** What is wrong with a tool's schema, or nothing. */
  findFault(schema: JsonSchema): string | undefined {
    const size = findSizeFault(schema);
    if (size !== undefined) return size;
    const isSchema = (this.#loadedMetaSchema ??= loadMetaSchema());
    if (!isSchema(schema)) {
      return describeErrors(schema, isSchema.errors ?? [], "schema").at(0) ?? "it is no JSON Schema";
    }
    if (typeof schema === "boolean") return "got a boolean, expected an object of type `object`";
    if (schema["type"] !== "object") return `got the type ${JSON.stringify(schema["type"])}, expected \`object\``;
    // The validator's own keyword for checks that answer later: nobody would wait for them.
    if ("$async" in schema) return "got `$async`, which is no keyword of JSON Schema";
    // References and patterns fail when compiled; the rest can wait for the first call.
    return usesKeyword(schema, [...RISKY_KEYWORDS, ...REFUSABLE_KEYWORDS]) ? this.#tryCompile(schema) : undefined;
  }

  /** The check for a schema without fault. Looked at and compiled at its first use: most tools are never called. */
  compile(schema: JsonSchema): Check {
    let check: Check | undefined;
    return (value) => {
      check ??= this.#makeCheck(schema);
      return check(value);
    };
  }

  /** It compiles when it is first run, which is watched where anything about the schema is risky. */
  #makeCheck(schema: JsonSchema): Check {
    let validate: ValidateFunction | undefined;
    const run = (value: unknown): string[] | undefined => {
      validate ??= this.#compile(schema);
      return validate(value) ? undefined : describeErrors(value, validate.errors as ErrorObject[], "arguments");
    };
    return usesKeyword(schema, RISKY_KEYWORDS) ? (value) => this.#runRisky(() => run(value)) : run;
  }

  /** Schemas that name themselves get a validator of their own: two may well use the same name. */
  #compile(schema: JsonSchema): ValidateFunction {
    if (usesKeyword(schema, NAMING_KEYWORDS)) return createValidator().compile(schema);
    const validator = this.#validator;
    // Put away while it works: one that the watchdog stopped halfway, for which no `finally` runs, would trip over what it left behind.
    this.#loaded = undefined;
    try {
      return validator.compile(schema);
    } finally {
      // It would keep every schema of every version of every extension.
      validator.removeSchema(schema);
      this.#loaded = validator;
    }
  }

  get #validator(): Ajv2020 {
    this.#loaded ??= createValidator();
    return this.#loaded;
  }

  #runRisky(work: () => string[] | undefined): string[] | undefined {
    try {
      return this.#runWatched(work);
    } catch (error) {
      if (error instanceof WatchdogError) return [`could not be checked within ${RISKY_CHECK_TIMEOUT_MS} ms`];
      throw error;
    }
  }

  #runWatched<Result>(work: () => Result): Result {
    this.#watchdog ??= new Watchdog();
    return this.#watchdog.run(work, RISKY_CHECK_TIMEOUT_MS);
  }

  #tryCompile(schema: JsonSchema): string | undefined {
    try {
      this.#runWatched(() => this.#compile(schema));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function findSizeFault(schema: JsonSchema): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(schema) ?? "");
  if (bytes > MAX_SCHEMA_BYTES) return `it has ${bytes} bytes, more than ${MAX_SCHEMA_BYTES}`;
  return isDeeper(schema, MAX_SCHEMA_DEPTH) ? `it is nested deeper than ${MAX_SCHEMA_DEPTH} levels` : undefined;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** May say so of a property that is called like a keyword. */
function usesKeyword(schema: unknown, keywords: readonly string[]): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return Object.entries(schema).some(([key, inner]) => keywords.includes(key) || usesKeyword(inner, keywords));
}

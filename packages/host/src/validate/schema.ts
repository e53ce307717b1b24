import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { type JsonSchema, MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH } from "tau-protocol";
import { describeErrors } from "./describe.ts";
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
  readonly #watchdog = new Watchdog();
  readonly #ajv = createAjv();
  readonly #metaSchema: ValidateFunction;

  constructor() {
    const metaSchema = this.#ajv.getSchema("https://json-schema.org/draft/2020-12/schema");
    if (metaSchema === undefined) throw new Error("The validator has lost its meta-schema.");
    this.#metaSchema = metaSchema;
  }

  /** What is wrong with a tool's schema, or nothing. */
  findFault(schema: JsonSchema): string | undefined {
    const size = findSizeFault(schema);
    if (size !== undefined) return size;
    if (!this.#metaSchema(schema)) {
      return describeErrors(schema, this.#metaSchema.errors ?? [], "schema").at(0) ?? "it is no JSON Schema";
    }
    if (typeof schema === "boolean") return "got a boolean, expected an object of type `object`";
    if (schema["type"] !== "object") return `got the type ${JSON.stringify(schema["type"])}, expected \`object\``;
    // The validator's own keyword for checks that answer later: nobody would wait for them.
    if ("$async" in schema) return "got `$async`, which is no keyword of JSON Schema";
    // References and patterns fail when compiled; the rest can wait for the first call.
    return usesKeyword(schema, [...RISKY_KEYWORDS, ...REFUSABLE_KEYWORDS]) ? this.#tryCompile(schema) : undefined;
  }

  /** The check for a schema without fault. Compiled at its first use: most tools are never called. */
  compile(schema: JsonSchema): Check {
    let validate: ValidateFunction | undefined;
    const risky = usesKeyword(schema, RISKY_KEYWORDS);
    const run = (value: unknown): string[] | undefined => {
      validate ??= this.#compile(schema);
      return validate(value) ? undefined : describeErrors(value, validate.errors as ErrorObject[], "arguments");
    };
    return risky ? (value) => this.#runRisky(() => run(value)) : run;
  }

  /** Schemas that name themselves get a validator of their own: two may well use the same name. */
  #compile(schema: JsonSchema): ValidateFunction {
    if (usesKeyword(schema, NAMING_KEYWORDS)) return createAjv().compile(schema);
    const validate = this.#ajv.compile(schema);
    // The validator would keep every schema of every version of every extension.
    this.#ajv.removeSchema(schema);
    return validate;
  }

  #runRisky(work: () => string[] | undefined): string[] | undefined {
    try {
      return this.#watchdog.run(work, RISKY_CHECK_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof WatchdogError) return [`could not be checked within ${RISKY_CHECK_TIMEOUT_MS} ms`];
      throw error;
    }
  }

  #tryCompile(schema: JsonSchema): string | undefined {
    try {
      this.#watchdog.run(() => this.#compile(schema), RISKY_CHECK_TIMEOUT_MS);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    strictNumbers: true,
    allErrors: true,
    // Formats are hints to the model: what counts as an email is the tool's business.
    validateFormats: false,
    validateSchema: false,
    inlineRefs: false,
    // A parameter may be called `constructor`, which every object has.
    ownProperties: true,
    logger: false,
  });
  // A keyword of draft 4, which the validator knows only to throw at it.
  ajv.removeKeyword("id");
  return ajv;
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

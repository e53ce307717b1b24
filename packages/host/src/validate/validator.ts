import { createRequire } from "node:module";
import type { Ajv2020, Options, ValidateFunction } from "ajv/dist/2020.js";

/** How every schema is read. Also what the check of schemas themselves is made with, by scripts/validator.mjs. */
export const VALIDATOR_OPTIONS: Options = {
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
};

/** Keywords of draft 4 that the validator knows only to throw at them. */
export const REMOVED_KEYWORDS: readonly string[] = ["id"];

/**
 * A validator that has seen no schema. Loaded at its first use, and as one file: its hundred files take 35 ms, more than all else of
 * the host, and a start needs none of it.
 */
export function createValidator(): Ajv2020 {
  const validator = new (load<{ Ajv2020: typeof Ajv2020 }>("validator.cjs").Ajv2020)(VALIDATOR_OPTIONS);
  for (const keyword of REMOVED_KEYWORDS) validator.removeKeyword(keyword);
  return validator;
}

/** The check of schemas themselves (JSON Schema 2020-12), compiled when tau is built: compiling it takes 50 ms. */
export function loadMetaSchema(): ValidateFunction {
  return load<ValidateFunction>("meta-schema.cjs");
}

/** Synchronous, because a call's arguments are checked before anything is awaited. */
function load<Exports>(file: string): Exports {
  return createRequire(import.meta.url)(`../../dist/${file}`) as Exports;
}

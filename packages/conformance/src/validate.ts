import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { JsonValue } from "tau-protocol";
import type { SchemaFile } from "./spec-files.ts";

/** Says what is wrong with a value of a type of the schema; an empty array where nothing is. */
export type Validate = (type: string, value: JsonValue) => string[];

export function createValidate(file: SchemaFile): Validate {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addSchema(file, "tau");
  return (type, value) => {
    const validate: ValidateFunction | undefined = ajv.getSchema(`tau#/$defs/${type}`);
    if (validate === undefined) return [`schema.json has no type ${type}`];
    return validate(value)
      ? []
      : (validate.errors ?? []).map((error) => `${type}${error.instancePath} ${error.message}`);
  };
}

import type { JsonObject } from "tau-protocol";
import type { StandardJsonSchema } from "./standard-schema.ts";

/** What `parameters` accepts: JSON Schema as it is, or an object of a library that can tell its JSON Schema. */
export type ParametersSchema = Readonly<Record<string, unknown>> | StandardJsonSchema;

/** The type of a tool's arguments after validation. */
export type InferParameters<Schema> =
  Schema extends StandardJsonSchema<infer Output>
    ? Output
    : Schema extends { readonly type: "object" }
      ? FromJsonSchema<Schema>
      : JsonObject;

/**
 * The common part of JSON Schema as a type, for schemas written as literals and for TypeBox, whose objects are JSON
 * Schemas. What it does not know becomes `unknown`, never a wrong type.
 */
export type FromJsonSchema<Schema> = Schema extends { readonly const: infer Value }
  ? Value
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly anyOf: readonly (infer Option)[] }
      ? FromOption<Option>
      : Schema extends { readonly oneOf: readonly (infer Option)[] }
        ? FromOption<Option>
        : Schema extends { readonly type: infer Type }
          ? FromType<Type, Schema>
          : unknown;

type FromOption<Option> = Option extends unknown ? FromJsonSchema<Option> : never;

type FromType<Type, Schema> = Type extends readonly (infer Name)[]
  ? FromTypeName<Name, Schema>
  : FromTypeName<Type, Schema>;

type FromTypeName<Name, Schema> = Name extends "string"
  ? string
  : Name extends "number" | "integer"
    ? number
    : Name extends "boolean"
      ? boolean
      : Name extends "null"
        ? null
        : Name extends "array"
          ? Schema extends { readonly items: infer Items }
            ? FromJsonSchema<Items>[]
            : unknown[]
          : Name extends "object"
            ? FromObject<Schema>
            : unknown;

type FromObject<Schema> = Schema extends { readonly properties: infer Properties }
  ? Flatten<
      { -readonly [Key in keyof Properties & RequiredKeys<Schema>]: FromJsonSchema<Properties[Key]> } & {
        -readonly [Key in Exclude<keyof Properties, RequiredKeys<Schema>>]?: FromJsonSchema<Properties[Key]>;
      }
    >
  : Record<string, unknown>;

type RequiredKeys<Schema> = Schema extends { readonly required: readonly (infer Key)[] } ? Key : never;

type Flatten<Type> = { [Key in keyof Type]: Type[Key] } & {};

import { fc, test as fuzz } from "@fast-check/vitest";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonSchema } from "tau-protocol";
import { describe, expect, test } from "vitest";
import { SchemaCompiler } from "../../src/validate/schema.ts";

function linesOf(parameters: JsonSchema, value: unknown): string[] {
  const compiler = new SchemaCompiler();
  expect(compiler.findFault(parameters)).toBeUndefined();
  return compiler.compile(parameters)(value) ?? [];
}

describe("one line for a fault", () => {
  const property = (schema: object): JsonSchema => ({ type: "object", properties: { a: schema } }) as JsonSchema;
  const lines: [string, JsonSchema, unknown, string][] = [
    ["required", { type: "object", required: ["a"] }, {}, "arguments.a: expected a value, got none"],
    ["required inside", property({ required: ["b"] }), { a: {} }, "arguments.a.b: expected a value, got none"],
    [
      "additionalProperties",
      { type: "object", additionalProperties: false },
      { b: 1 },
      "arguments.b: expected no such property",
    ],
    [
      "unevaluatedProperties",
      { type: "object", unevaluatedProperties: false },
      { b: 1 },
      "arguments.b: expected no such property",
    ],
    ["type", property({ type: "string" }), { a: 1 }, "arguments.a: expected string, got number 1"],
    [
      "several types",
      property({ type: ["string", "null"] }),
      { a: 1 },
      "arguments.a: expected string or null, got number 1",
    ],
    ["enum", property({ enum: [1, "x"] }), { a: 2 }, 'arguments.a: expected one of [1,"x"], got number 2'],
    ["const", property({ const: { b: 1 } }), { a: true }, 'arguments.a: expected {"b":1}, got boolean true'],
    ["minimum", property({ minimum: 3 }), { a: 2 }, "arguments.a: expected to be >= 3, got number 2"],
    ["multipleOf", property({ multipleOf: 2 }), { a: 3 }, "arguments.a: expected to be multiple of 2, got number 3"],
    [
      "maxLength",
      property({ maxLength: 1 }),
      { a: "xx" },
      'arguments.a: expected not to have more than 1 characters, got string "xx"',
    ],
    ["pattern", property({ pattern: "^a" }), { a: "b" }, 'arguments.a: expected to match pattern "^a", got string "b"'],
    [
      "minItems",
      property({ minItems: 1 }),
      { a: [] },
      "arguments.a: expected not to have fewer than 1 items, got array []",
    ],
    [
      "items",
      property({ items: { type: "number" } }),
      { a: [1, "x"] },
      'arguments.a[1]: expected number, got string "x"',
    ],
    [
      "uniqueItems",
      property({ uniqueItems: true }),
      { a: [1, 1] },
      "arguments.a: expected not to have duplicate items (items ## 1 and 0 are identical), got array [1,1]",
    ],
    [
      "a path of odd names",
      { type: "object", properties: { "a/b~c": { type: "null" } } },
      { "a/b~c": 0 },
      "arguments.a/b~c: expected null, got number 0",
    ],
    ["not", property({ not: { type: "string" } }), { a: "x" }, 'arguments.a: expected not to be valid, got string "x"'],
    ["false", property(false as never), { a: 1 }, "arguments.a: expected no value, got number 1"],
  ];

  test.for(lines)("of %s", ([, schema, value, line]) => {
    const got = linesOf(schema, value);
    if (line.includes("##")) expect(got).toHaveLength(1);
    else expect(got).toEqual([line]);
  });

  test("alternatives are told by the reasons why none of them fits", () => {
    const schema = property({ anyOf: [{ type: "string" }, { type: "number" }] });
    expect(linesOf(schema, { a: null })).toEqual([
      "arguments.a: expected string, got null",
      "arguments.a: expected number, got null",
    ]);
  });

  test("more than eight faults are counted", () => {
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    const lines = linesOf({ type: "object", required: names }, {});
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toBe("and 4 more");
  });

  test("a long value is cut", () => {
    const [line = ""] = linesOf(property({ type: "number" }), { a: "x".repeat(1000) });
    expect(line.length).toBeLessThan(150);
    expect(line).toContain("…");
  });
});

describe("schemas that are accepted", () => {
  const accepted: [string, JsonSchema, unknown, unknown][] = [
    [
      "a reference to itself",
      { type: "object", properties: { next: { $ref: "#" } } },
      { next: { next: {} } },
      { next: 1 },
    ],
    [
      "definitions that refer to each other",
      {
        type: "object",
        properties: { tree: { $ref: "#/$defs/tree" } },
        $defs: { tree: { type: "object", properties: { leaves: { type: "array", items: { $ref: "#/$defs/tree" } } } } },
      },
      { tree: { leaves: [{ leaves: [] }] } },
      { tree: { leaves: [1] } },
    ],
    ["an unknown format", { type: "object", properties: { a: { format: "fancy" } } }, { a: "x" }, 5],
    ["an unknown keyword", { type: "object", fancy: true }, {}, 5],
    ["a keyword of draft 4", { type: "object", id: "http://example.com/a" }, {}, 5],
    ["a name", { $id: "http://example.com/a", type: "object", required: ["a"] }, { a: 1 }, {}],
    [
      "a dialect",
      { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", required: ["a"] },
      { a: 1 },
      {},
    ],
    [
      "names that every object inherits",
      { type: "object", properties: { toString: { type: "string" } } },
      {},
      { toString: 1 },
    ],
    ["inherited names that are required", { type: "object", required: ["valueOf"] }, { valueOf: 1 }, {}],
  ];

  test.for(accepted)("with %s", ([, schema, good, bad]) => {
    expect(linesOf(schema, good)).toEqual([]);
    expect(linesOf(schema, bad)).not.toEqual([]);
  });

  test("two schemas of the same name are each checked by their own", () => {
    const compiler = new SchemaCompiler();
    const named = (type: "string" | "number"): JsonSchema => ({
      type: "object",
      properties: { a: { $ref: "http://example.com/inner" } },
      $defs: { inner: { $id: "http://example.com/inner", type } },
    });
    expect(compiler.findFault(named("string"))).toBeUndefined();
    expect(compiler.findFault(named("number"))).toBeUndefined();
    const checks = [compiler.compile(named("string")), compiler.compile(named("number"))];
    expect(checks.map((check) => check({ a: "x" }) === undefined)).toEqual([true, false]);
    expect(checks.map((check) => check({ a: 1 }) === undefined)).toEqual([false, true]);
  });
});

describe("against plain ajv", () => {
  const names = fc.constantFrom("a", "b", "constructor", "$ref", "id", "nullable", "x y", "__proto__");
  const scalars = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom("", "a", "ab", "aaa"),
  );
  const { schema } = fc.letrec<{ schema: object }>((tie) => ({
    schema: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({ type: fc.constantFrom("string", "number", "integer", "boolean", "null", "object", "array") }),
      fc.record({ type: fc.constant(["string", "null"]) }),
      fc.record({ enum: fc.uniqueArray(scalars, { minLength: 1, maxLength: 3 }) }),
      fc.record({ const: scalars }),
      fc.record({ minimum: fc.integer({ min: -2, max: 2 }), exclusiveMaximum: fc.integer({ min: -2, max: 3 }) }),
      fc.record({ minLength: fc.nat(2), maxLength: fc.nat(3) }),
      fc.record({ pattern: fc.constantFrom("^a", "b$", "^(ab?)*$") }),
      fc.record({ items: tie("schema"), minItems: fc.nat(2), uniqueItems: fc.boolean() }, { requiredKeys: ["items"] }),
      fc.record(
        {
          properties: fc.dictionary(names, tie("schema"), { maxKeys: 3 }),
          required: fc.uniqueArray(names, { maxLength: 2 }),
          additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
          propertyNames: fc.record({ maxLength: fc.nat(12) }),
        },
        { requiredKeys: ["properties"] },
      ),
      fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ oneOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
      fc.record({ not: tie("schema") }),
      // Not as a record: an object with a `then` looks like a promise.
      fc
        .tuple(tie("schema"), tie("schema"), tie("schema"))
        .map((parts) => Object.fromEntries(["if", "then", "else"].map((key, index) => [key, parts[index]]))),
      fc.constant({ $ref: "#" }),
      fc.constant({ $ref: "#/$defs/shared" }),
    ),
  }));
  const values = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      scalars,
      fc.double({ noNaN: false }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(names, tie("value"), { maxKeys: 3 }),
    ),
  })).value;

  fuzz.prop([fc.dictionary(names, schema, { maxKeys: 3 }), schema, fc.array(values, { minLength: 1, maxLength: 5 })], {
    numRuns: 400,
  })("random schemas accept and refuse the same values", (properties, shared, inputs) => {
    const parameters = { type: "object", properties, $defs: { shared } } as JsonSchema;
    const reference = new Ajv2020({
      strict: false,
      strictNumbers: true,
      ownProperties: true,
      validateFormats: false,
      logger: false,
    });
    const validate = compileOrFault(() => reference.compile(structuredClone(parameters) as object));
    const compiler = new SchemaCompiler();
    const fault = compiler.findFault(parameters);
    expect(fault === undefined, fault).toBe(typeof validate === "function");
    if (typeof validate !== "function") return;
    const check = compiler.compile(parameters);
    for (const value of inputs.map((input) => ({ a: input, b: input, constructor: input }))) {
      const expected = compileOrFault(() => validate(value));
      const got = compileOrFault(() => check(value) === undefined);
      // References without end exhaust the stack, of one a little earlier than of the other.
      if (got !== "threw" && expected !== "threw") expect(got).toEqual(expected);
    }
  });
});

/** What it answers, or that it threw. */
function compileOrFault<Result>(work: () => Result): Result | "threw" {
  try {
    return work();
  } catch {
    return "threw";
  }
}

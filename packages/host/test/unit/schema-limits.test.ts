import type { ToolDefinition } from "tau-host";
import { describe, expect, test } from "vitest";
import { SchemaCompiler } from "../../src/validate/schema.ts";

type Schema = ToolDefinition["parameters"];

function faultOf(schema: unknown): string | undefined {
  return new SchemaCompiler().findFault(schema as Schema);
}

function objectWith(a: unknown, fields: object = {}): Schema {
  return { type: "object", properties: { a }, ...fields } as Schema;
}

function nest(levels: number): unknown {
  let schema: unknown = {};
  for (let level = 0; level < levels; level++) schema = { not: schema };
  return schema;
}

describe("a schema is refused", () => {
  const cases: [string, unknown, RegExp][] = [
    ["for more than 256 KiB", objectWith({ description: "x".repeat(256 * 1024) }), /more than 262144/],
    [
      "for more than 256 KiB of more than one byte each",
      objectWith({ description: "é".repeat(200_000) }),
      /more than 262144/,
    ],
    ["for more than 64 levels", { type: "object", not: nest(63) }, /deeper than 64 levels/],
    ["for a reference to nothing", objectWith({ $ref: "#/$defs/gone" }), /can't resolve reference #\/\$defs\/gone/],
    ["for a remote reference", objectWith({ $ref: "https://example.com/s.json" }), /can't resolve reference https/],
    ["for a reference to a file", objectWith({ $ref: "file:///etc/passwd" }), /can't resolve reference file/],
    ["for a dynamic reference to nothing", objectWith({ $dynamicRef: "other.json#gone" }), /\$dynamicRef/],
    ["for a pattern that is no regular expression", objectWith({ pattern: "(" }), /regular expression/i],
    ["for a name pattern that is none", objectWith({ patternProperties: { "[": {} } }), /regular expression/i],
    ["for an unknown type", objectWith({ type: "strin" }), /schema\.properties\.a\.type/],
    ["for a required that is no list", { type: "object", required: "a" }, /schema\.required: expected array/],
    ["for a negative length", objectWith({ minLength: -1 }), /schema\.properties\.a\.minLength/],
    ["for being true", true, /got a boolean/],
    ["for being false", false, /got a boolean/],
    ["for having no type", {}, /got the type undefined/],
    ["for having several types", { type: ["object", "null"] }, /expected `object`/],
  ];

  test.for(cases)("%s", ([, schema, fault]) => {
    expect(faultOf(schema)).toMatch(fault);
  });
});

test("a schema that takes too long to compile is refused for that, however often it is tried", () => {
  const names = Array.from({ length: 4000 }, (_, index) => `p${index}`);
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: "#/$defs/text", pattern: `^${name}` }]));
  const schema = { type: "object", properties, $defs: { text: { type: "string" } } } as Schema;
  const compiler = new SchemaCompiler();
  const faults = [compiler.findFault(schema), compiler.findFault(schema)];
  expect(faults).toEqual(["It took longer than 100 ms.", "It took longer than 100 ms."]);
  expect(compiler.findFault(objectWith({ pattern: "^a" }))).toBeUndefined();
});

describe("a schema is taken", () => {
  const cases: [string, unknown][] = [
    ["with 64 levels", { type: "object", not: nest(62) }],
    ["with almost 256 KiB", objectWith({ description: "x".repeat(255 * 1024) })],
    ["with unknown keywords", objectWith({ "x-order": 1, markdownDescription: "hi" })],
    ["with an unknown format", objectWith({ type: "string", format: "colour" })],
    ["with a reference into itself", objectWith({ $ref: "#/$defs/b" }, { $defs: { b: { type: "number" } } })],
    ["that refers to itself", objectWith({ $ref: "#" })],
    ["with an $id of its own", objectWith({}, { $id: "https://example.com/mine.json" })],
    ["with another draft's $schema", objectWith({}, { $schema: "http://json-schema.org/draft-07/schema#" })],
    ["with true and false inside", objectWith(true, { additionalProperties: false })],
    [
      "with a property called like a keyword",
      { type: "object", properties: { $ref: { type: "string" }, pattern: {} } },
    ],
    ["with a property called __proto__", JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}')],
  ];

  test.for(cases)("%s, and checks", ([, schema]) => {
    expect(faultOf(schema)).toBeUndefined();
    expect(new SchemaCompiler().compile(schema as Schema)([])).not.toBeUndefined();
  });
});

describe("a check that never ends", () => {
  /** 2^levels steps, in a few hundred bytes. */
  function bomb(levels: number): Schema {
    const steps = Array.from({ length: levels }, (_, index) => [
      `s${index}`,
      { allOf: [{ $ref: `#/$defs/s${index + 1}` }, { $ref: `#/$defs/s${index + 1}` }] },
    ]);
    const $defs = Object.fromEntries([...steps, [`s${levels}`, { type: ["string", "number"] }]]) as object;
    return objectWith({ $ref: "#/$defs/s0" }, { $defs });
  }

  const cases: [string, Schema, unknown][] = [
    ["a pattern", objectWith({ pattern: "^(a+)+$" }), { a: `${"a".repeat(40)}!` }],
    ["a pattern of names", objectWith({ patternProperties: { "^(a+)+$": {} } }), { a: { [`${"a".repeat(40)}!`]: 1 } }],
    ["references that double at every step", bomb(40), { a: "x" }],
    [
      "a comparison of all items",
      objectWith({ uniqueItems: true }),
      { a: Array.from({ length: 30_000 }, (_, index) => ({ index })) },
    ],
  ];

  test.for(cases)("of %s is stopped after 100 ms and is a fault", ([, schema, value]) => {
    const compiler = new SchemaCompiler();
    expect(compiler.findFault(schema)).toBeUndefined();
    const check = compiler.compile(schema);
    check({});
    const start = performance.now();
    expect(check(value)).toEqual(["could not be checked within 100 ms"]);
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(90);
    expect(took).toBeLessThan(1000);
    expect(check({}), "the next check works").toBeUndefined();
  });
});

import type { ToolDefinition } from "tau-host";
import { describe, expect, test } from "vitest";
import { SchemaCompiler } from "../../src/validate/schema.ts";

type Schema = ToolDefinition["parameters"];

/** What is said of a value; the schema's root is an object with these fields. */
function faultsOf(schema: object, value: unknown): string[] | undefined {
  const compiler = new SchemaCompiler();
  const whole = { type: "object", ...schema } as Schema;
  expect(compiler.findFault(whole)).toBeUndefined();
  return compiler.compile(whole)(value);
}

/** What is said of the property `a`. */
function faultsOfA(schema: object, a: unknown): string[] | undefined {
  return faultsOf({ properties: { a: schema } }, { a });
}

describe("places", () => {
  test("a nested path has its indices", () => {
    const schema = { type: "array", items: { type: "object", properties: { b: { items: { type: "null" } } } } };
    expect(faultsOfA(schema, [{}, { b: [null, null, 3] }])).toEqual([
      "arguments.a[1].b[2]: expected null, got number 3",
    ]);
  });

  test("a name with a slash and a tilde is told as it is", () => {
    const properties = { "x/y~z": { type: "string" } };
    expect(faultsOf({ properties }, { "x/y~z": 1 })).toEqual(["arguments.x/y~z: expected string, got number 1"]);
  });
});

describe("several faults", () => {
  test("have a line each", () => {
    const properties = { a: { type: "string" }, b: { type: "number" } };
    expect(faultsOf({ properties, required: ["c"] }, { a: 1, b: "2" })).toEqual([
      "arguments.c: expected a value, got none",
      "arguments.a: expected string, got number 1",
      'arguments.b: expected number, got string "2"',
    ]);
  });

  test("anyOf tells why no branch fits, and not that none does", () => {
    const schema = { anyOf: [{ type: "string" }, { type: "object", required: ["id"] }] };
    expect(faultsOfA(schema, 5)).toEqual([
      "arguments.a: expected string, got number 5",
      "arguments.a: expected object, got number 5",
    ]);
    expect(faultsOfA(schema, {})).toEqual([
      "arguments.a: expected string, got object {}",
      "arguments.a.id: expected a value, got none",
    ]);
  });

  test("the same fault of two branches is told once", () => {
    expect(faultsOfA({ anyOf: [{ type: "string" }, { type: "string", minLength: 3 }] }, 1)).toHaveLength(1);
  });

  test("oneOf that two branches fit says so", () => {
    expect(faultsOfA({ oneOf: [{}, { type: "number" }] }, 1)).toEqual([
      "arguments.a: expected to match exactly one schema in oneOf, got number 1",
    ]);
  });

  test("a `not` is told beside another fault", () => {
    const properties = { a: { type: "string" }, b: { not: { const: 1 } } };
    expect(faultsOf({ properties }, { a: 1, b: 1 })).toEqual([
      "arguments.a: expected string, got number 1",
      "arguments.b: expected not to be valid, got number 1",
    ]);
  });

  test("a `oneOf` that two branches fit is told beside another fault", () => {
    const properties = { a: { type: "string" }, b: { oneOf: [{}, { type: "number" }] } };
    expect(faultsOf({ properties }, { a: 1, b: 1 })).toHaveLength(2);
  });

  test("more than eight are counted", () => {
    const value = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`p${index}`, 1]));
    const lines = faultsOf({ additionalProperties: { type: "string" } }, value);
    expect(lines).toHaveLength(9);
    expect(lines?.at(-1)).toBe("and 22 more");
  });

  test("a long value is cut short", () => {
    const [line] = faultsOfA({ type: "number" }, "x".repeat(10_000)) ?? [];
    expect(line).toMatch(/^arguments\.a: expected number, got string "x{70,}…$/);
    expect(line?.length).toBeLessThan(150);
  });
});

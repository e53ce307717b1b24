import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { type InferParameters, ToolResult } from "tau-ext";
import type { JsonObject, JsonSchema } from "tau-protocol";
import { Type } from "typebox";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { Tool } from "../src/api.ts";
import { readParameters } from "../src/parameters.ts";
import { rejection, startExtension } from "./support.ts";

/** Registers a tool with these parameters that answers what reached it, and calls it. */
async function callWith(
  parameters: unknown,
  args: JsonObject,
): Promise<{ schema: JsonSchema | undefined; received: unknown }> {
  let received: unknown = "nothing";
  await using host = await startExtension((api) => {
    const execute = (params: unknown): ToolResult => {
      received = params;
      return ToolResult.text("done");
    };
    api.registerTool({ name: "run", description: "runs", parameters, execute } as Tool);
  });
  await host.call("run", args);
  return { schema: host.offer.tools[0]?.parameters, received };
}

async function refusalOf(parameters: unknown, args: JsonObject): Promise<unknown> {
  const { code, executed, message } = await rejection(callWith(parameters, args));
  return { code, executed, message };
}

const wrong = (lines: string[]): object => ({
  code: "invalid-arguments",
  executed: "no",
  message: ["The arguments of `run` are wrong:", ...lines.map((line) => `- ${line}`)].join("\n"),
});

describe("plain JSON Schema", () => {
  const schema = {
    type: "object",
    properties: {
      path: { type: "string", description: "Where" },
      depth: { type: "integer" },
      mode: { enum: ["fast", "slow"] },
      tags: { type: "array", items: { type: "string" } },
      limit: { type: ["number", "null"] },
      either: { anyOf: [{ type: "string" }, { type: "boolean" }] },
      nested: { type: "object", properties: { on: { type: "boolean" } }, required: ["on"] },
      fixed: { const: 7 },
      odd: { $ref: "#/$defs/odd" },
    },
    required: ["path", "mode"],
    $defs: { odd: { type: "string" } },
  } as const;

  test("is told as it is, and the arguments arrive as they were sent", async () => {
    expect(await callWith(schema, { path: 1 })).toEqual({ schema, received: { path: 1 } });
  });

  test("types the arguments", () => {
    expectTypeOf<InferParameters<typeof schema>>().toEqualTypeOf<{
      path: string;
      mode: "fast" | "slow";
      depth?: number;
      tags?: string[];
      limit?: number | null;
      either?: string | boolean;
      nested?: { on: boolean };
      fixed?: 7;
      odd?: unknown;
    }>();
  });

  test("written in place types the arguments of execute", () => {
    void startExtension((api) => {
      api.registerTool({
        name: "search",
        description: "searches",
        parameters: {
          type: "object",
          properties: { query: { type: "string" }, count: { type: "number" } },
          required: ["query"],
        },
        execute(params) {
          expectTypeOf(params).toEqualTypeOf<{ query: string; count?: number }>();
          return ToolResult.text(params.query);
        },
      });
    });
  });

  test("without a known form gives a JSON object", () => {
    expectTypeOf<InferParameters<Record<string, unknown>>>().toEqualTypeOf<JsonObject>();
    expectTypeOf<InferParameters<{ $ref: "#/$defs/x" }>>().toEqualTypeOf<JsonObject>();
  });

  test("is told without what JSON can't hold", () => {
    const parameters = { type: "object", [Symbol("kind")]: "Object", check: () => true, properties: {} };
    expect(readParameters("run", parameters).jsonSchema).toEqual({ type: "object", properties: {} });
  });
});

describe("zod", () => {
  const schema = z.object({
    query: z.string().min(2).describe("What to look for"),
    count: z.number().int().default(10),
    site: z
      .string()
      .transform((text) => text.toUpperCase())
      .optional(),
  });

  test("is told as JSON Schema of what may be sent", async () => {
    const { schema: told } = await callWith(schema, { query: "tau" });
    expect(told).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        query: { type: "string", minLength: 2, description: "What to look for" },
        count: { type: "integer", default: 10, minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
        site: { type: "string" },
      },
      required: ["query"],
    });
  });

  test("applies its defaults and transforms", async () => {
    const { received } = await callWith(schema, { query: "tau", site: "example" });
    expect(received).toEqual({ query: "tau", count: 10, site: "EXAMPLE" });
  });

  test("says what is wrong and where", async () => {
    const nested = z.object({ list: z.array(z.object({ n: z.number() })), query: z.string().min(2) });
    expect(await refusalOf(nested, { list: [{ n: 1 }, { n: "2" }], query: "x" })).toEqual(
      wrong([
        "list.1.n: Invalid input: expected number, received string",
        "query: Too small: expected string to have >=2 characters",
      ]),
    );
  });

  test("waits for checks that take time", async () => {
    const slow = z.object({ n: z.number() }).refine(async ({ n }) => n > 1, { message: "too few" });
    expect((await callWith(slow, { n: 2 })).received).toEqual({ n: 2 });
    expect(await refusalOf(slow, { n: 1 })).toEqual(wrong(["arguments: too few"]));
  });

  test("types the arguments as they are after its transforms", () => {
    expectTypeOf<InferParameters<typeof schema>>().toEqualTypeOf<{
      query: string;
      count: number;
      site?: string | undefined;
    }>();
    void startExtension((api) => {
      api.registerTool({
        name: "search",
        description: "searches",
        parameters: schema,
        execute(params) {
          expectTypeOf(params).toEqualTypeOf<z.output<typeof schema>>();
          return ToolResult.text(params.query);
        },
      });
    });
  });

  test("that JSON Schema can't tell is refused with its own words", () => {
    expect(() => readParameters("run", z.object({ when: z.date() }))).toThrow(
      expect.objectContaining({
        code: "registration-refused",
        message:
          "Expected `parameters` of tool `run` to have a JSON Schema, but its library can't tell it: " +
          "Date cannot be represented in JSON Schema",
      }),
    );
  });

  test("whose transform throws is a failed tool with that message", async () => {
    const broken = z.object({
      n: z.number().transform(() => {
        throw new Error("broken transform");
      }),
    });
    expect(await refusalOf(broken, { n: 1 })).toMatchObject({ code: "tool-failed", message: "broken transform" });
  });
});

describe("valibot", () => {
  const described = v.object({
    query: v.pipe(v.string(), v.minLength(2)),
    count: v.optional(v.number(), 10),
  });
  const schema = toStandardJsonSchema(described);

  test("is told as JSON Schema through toStandardJsonSchema", async () => {
    const { schema: told } = await callWith(schema, { query: "tau" });
    expect(told).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { query: { type: "string", minLength: 2 }, count: { type: "number", default: 10 } },
      required: ["query"],
    });
  });

  test("by itself tells no JSON Schema and is refused with the way out", () => {
    expect(() => readParameters("run", described as never)).toThrow(
      "Expected `parameters` of tool `run` to be a JSON Schema object or a schema that can tell its JSON Schema " +
        "(zod 4, arktype, TypeBox, valibot through toStandardJsonSchema), got a schema without `~standard.jsonSchema`.",
    );
  });

  test("applies its defaults", async () => {
    expect((await callWith(schema, { query: "tau" })).received).toEqual({ query: "tau", count: 10 });
  });

  test("says what is wrong and where", async () => {
    expect(await refusalOf(schema, { query: "x", count: "3" })).toEqual(
      wrong([
        "query: Invalid length: Expected >=2 but received 1",
        'count: Invalid type: Expected number but received "3"',
      ]),
    );
  });

  test("types the arguments", () => {
    expectTypeOf<InferParameters<typeof schema>>().toEqualTypeOf<{ query: string; count: number }>();
  });
});

describe("arktype", () => {
  const schema = type({ query: "string >= 2", count: "number = 10", "site?": "string" });

  test("is told as JSON Schema", async () => {
    const { schema: told } = await callWith(schema, { query: "tau" });
    expect(told).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { query: { type: "string", minLength: 2 }, count: { type: "number" }, site: { type: "string" } },
      required: ["query"],
    });
  });

  test("applies its defaults", async () => {
    expect((await callWith(schema, { query: "tau" })).received).toEqual({ query: "tau", count: 10 });
  });

  test("says what is wrong and where", async () => {
    expect(await refusalOf(schema, { query: "x", count: "3" })).toEqual(
      wrong(["query: query must be at least length 2 (was 1)", "count: count must be a number (was a string)"]),
    );
  });

  test("types the arguments", () => {
    expectTypeOf<InferParameters<typeof schema>>().toEqualTypeOf<{ query: string; count: number; site?: string }>();
  });
});

describe("TypeBox", () => {
  const schema = Type.Object({
    query: Type.String({ minLength: 2, description: "What to look for" }),
    count: Type.Optional(Type.Integer()),
    mode: Type.Union([Type.Literal("fast"), Type.Literal("slow")]),
    tags: Type.Array(Type.String()),
  });

  test("is told as the JSON Schema it is", async () => {
    const args = { query: "tau", mode: "fast", tags: [] };
    expect(await callWith(schema, args)).toEqual({
      schema: {
        type: "object",
        properties: {
          query: { type: "string", minLength: 2, description: "What to look for" },
          count: { type: "integer" },
          mode: {
            anyOf: [
              { type: "string", const: "fast" },
              { type: "string", const: "slow" },
            ],
          },
          tags: { type: "array", items: { type: "string" } },
        },
        required: ["query", "mode", "tags"],
      },
      received: args,
    });
  });

  test("types the arguments", () => {
    expectTypeOf<InferParameters<typeof schema>>().toEqualTypeOf<{
      query: string;
      count?: number;
      mode: "fast" | "slow";
      tags: string[];
    }>();
  });
});

describe("what is no schema", () => {
  const cycle: Record<string, unknown> = { type: "object" };
  cycle["self"] = cycle;
  const bad: Record<string, { value: unknown; got: string }> = {
    nothing: { value: undefined, got: "undefined" },
    null: { value: null, got: "null" },
    "a text": { value: "string", got: "string" },
    "a function": { value: () => {}, got: "function" },
    "a list": { value: [], got: "a list" },
    "a cycle": { value: cycle, got: "an object that is not JSON" },
    "an object with a BigInt": { value: { type: "object", maxProperties: 1n }, got: "an object that is not JSON" },
    "an older zod's object": {
      value: { "~standard": { version: 1, vendor: "zod" } },
      got: "a schema without `~standard.jsonSchema`",
    },
  };
  for (const [name, { value, got }] of Object.entries(bad)) {
    test(`${name} is refused and the tool is named`, () => {
      expect(() => readParameters("run", value as never)).toThrow(
        expect.objectContaining({
          code: "registration-refused",
          executed: "no",
          message:
            "Expected `parameters` of tool `run` to be a JSON Schema object or a schema that can tell its JSON Schema " +
            `(zod 4, arktype, TypeBox, valibot through toStandardJsonSchema), got ${got}.`,
        }),
      );
    });
  }
});

import { isTauError } from "tau-host";
import { describe, expect, test } from "vitest";
import { errorOf, openWorkspace, type Workspace } from "./support/workspace.ts";

const PARAMETERS = {
  type: "object",
  properties: {
    query: { type: "string", minLength: 1 },
    limit: { type: "integer", maximum: 10 },
    count: { type: "integer" },
    mode: { enum: ["fast", "slow"] },
    nested: { type: "object", properties: { list: { type: "array", items: { type: "number" } } } },
    any: {},
    constructor: { type: "string" },
  },
  required: ["query"],
  additionalProperties: false,
};

const RECURSIVE = { type: "object", properties: { next: { $ref: "#" } }, additionalProperties: false };

const REDOS = { type: "object", properties: { text: { type: "string", pattern: "^(a+)+$" } } };

async function openTools(): Promise<Workspace> {
  const workspace = await openWorkspace();
  const source = workspace.write(
    "checked.mjs",
    `import { ToolResult } from "tau-ext";
    const execute = (params) => ToolResult.text(JSON.stringify(params));
    export default (api) => {
      api.registerTool({ name: "search", description: "", parameters: ${JSON.stringify(PARAMETERS)}, execute });
      api.registerTool({ name: "recurse", description: "", parameters: ${JSON.stringify(RECURSIVE)}, execute: () => ToolResult.text("ok") });
      api.registerTool({ name: "redos", description: "", parameters: ${JSON.stringify(REDOS)}, execute });
    };`,
  );
  await workspace.load(source, { id: "checked" });
  return workspace;
}

function nest(depth: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < depth; i++) value = { next: value };
  return value;
}

const cyclic: Record<string, unknown> = { query: "a" };
cyclic["any"] = cyclic;

describe("arguments that do not fit", () => {
  const wrong: [string, unknown, string][] = [
    ["a missing value", {}, "- arguments.query: expected a value, got none"],
    ["undefined", { query: undefined }, "- arguments.query: expected a value, got none"],
    ["a number for text", { query: 5 }, "- arguments.query: expected string, got number 5"],
    ["null for text", { query: null }, "- arguments.query: expected string, got null"],
    [
      "text that is too short",
      { query: "" },
      '- arguments.query: expected not to have fewer than 1 characters, got string ""',
    ],
    ["an extra value", { query: "a", extra: 1 }, "- arguments.extra: expected no such property"],
    [
      "an own __proto__",
      JSON.parse('{"query":"a","__proto__":{"x":1}}'),
      "- arguments.__proto__: expected no such property",
    ],
    ["a number that is too large", { query: "a", limit: 11 }, "- arguments.limit: expected to be <= 10, got number 11"],
    ["a fraction for an integer", { query: "a", limit: 1.5 }, "- arguments.limit: expected integer, got number 1.5"],
    ["NaN", { query: "a", count: Number.NaN }, "- arguments.count: expected integer, got number NaN"],
    ["Infinity", { query: "a", count: Infinity }, "- arguments.count: expected integer, got number Infinity"],
    ["a BigInt", { query: 10n }, "- arguments.query: expected string, got bigint 10"],
    ["a function", { query: () => 1 }, "- arguments.query: expected string, got function nothing"],
    [
      "a value of no choice",
      { query: "a", mode: "odd" },
      '- arguments.mode: expected one of ["fast","slow"], got string "odd"',
    ],
    [
      "a wrong value deep inside",
      { query: "a", nested: { list: [1, "b"] } },
      '- arguments.nested.list[1]: expected number, got string "b"',
    ],
    ["null as a whole", null, "- arguments: expected object, got null"],
    ["an array as a whole", ["a"], '- arguments: expected object, got array ["a"]'],
    ["text as a whole", "query", '- arguments: expected object, got string "query"'],
    ["a cycle in the wrong place", { query: cyclic }, "- arguments.query: expected string, got object {…}"],
  ];

  test.for(wrong)("%s is refused with path, expected and got", async ([, args, line]) => {
    await using workspace = await openTools();
    const error = await errorOf(workspace.call("search", args as never));
    expect(error).toMatchObject({ code: "invalid-arguments", executed: "no", extensionId: "checked" });
    expect(error.message).toBe(`The arguments of tool \`search\` do not fit its schema:\n${line}`);
  });

  test("every fault has its line", async () => {
    await using workspace = await openTools();
    const error = await errorOf(workspace.call("search", { limit: "x", mode: 1, other: 2 }));
    expect(error.message.split("\n").slice(1).sort()).toEqual([
      '- arguments.limit: expected integer, got string "x"',
      '- arguments.mode: expected one of ["fast","slow"], got number 1',
      "- arguments.other: expected no such property",
      "- arguments.query: expected a value, got none",
    ]);
  });

  test("names that every object inherits are no arguments", async () => {
    await using workspace = await openTools();
    expect(await workspace.ask("search", { query: "a" })).toBe('{"query":"a"}');
    const error = await errorOf(workspace.call("search", { query: "a", constructor: 5 } as never));
    expect(error.message).toContain("arguments.constructor: expected string, got number 5");
  });
});

describe("arguments that can't be sent", () => {
  const unsendable: [string, unknown][] = [
    ["a cycle", cyclic],
    ["a BigInt", { query: "a", any: { deep: 10n } }],
  ];

  test.for(unsendable)("%s is refused and the extension lives", async ([, args]) => {
    await using workspace = await openTools();
    const error = await errorOf(workspace.call("search", args as never));
    expect(error).toMatchObject({ code: "invalid-arguments", executed: "no" });
    expect(error.message).toContain("`search`");
    expect(await workspace.ask("search", { query: "alive" })).toBe('{"query":"alive"}');
  });

  // Newer versions of Node write any depth as JSON.
  test("nesting deeper than the stack is refused or arrives, and the extension lives", async () => {
    await using workspace = await openTools();
    const outcome = await workspace.call("search", { query: "a", any: nest(100_000) } as never).then(
      () => "arrived",
      (error: unknown) => (isTauError(error) ? error.code : error),
    );
    expect(["arrived", "invalid-arguments", "tool-failed"]).toContain(outcome);
    expect(await workspace.ask("search", { query: "alive" })).toBe('{"query":"alive"}');
  });

  test("nesting that exhausts the check is refused and the extension lives", async () => {
    await using workspace = await openTools();
    const error = await errorOf(workspace.call("recurse", nest(100_000) as never));
    expect(error).toMatchObject({ code: "invalid-arguments", executed: "no" });
    expect(await workspace.ask("recurse", nest(50) as never)).toBe("ok");
  });
});

describe("patterns that never end", () => {
  test("stop the check after 100 ms, fail that call, and nothing else", async () => {
    await using workspace = await openTools();
    const before = process.cpuUsage();
    const error = await errorOf(workspace.call("redos", { text: `${"a".repeat(40)}!` }));
    // Of the processor: by the clock it takes longer where others have that.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(400);
    expect(error).toMatchObject({ code: "invalid-arguments", executed: "no", extensionId: "checked" });
    expect(error.message).toContain("could not be checked within 100 ms");
    expect(await workspace.ask("redos", { text: "aaaa" })).toBe('{"text":"aaaa"}');
    expect(await workspace.ask("search", { query: "a" })).toBe('{"query":"a"}');
  });
});

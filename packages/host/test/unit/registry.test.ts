import { isTauError, type ToolDefinition } from "tau-protocol";
import { expect, test } from "vitest";
import { ToolRegistry } from "../../src/registry.ts";
import { SchemaCompiler } from "../../src/validate/schema.ts";

function tool(name: string, parameters: ToolDefinition["parameters"] = { type: "object" }): ToolDefinition {
  return { name, description: name, parameters };
}

function createRegistry(): ToolRegistry<string> {
  const registry = new ToolRegistry<string>(new SchemaCompiler());
  registry.replace("a", "owner a", [tool("one"), tool("two")]);
  return registry;
}

const names = (registry: ToolRegistry<string>): string[] =>
  ["a", "b"].flatMap((id) => registry.toolsOf(id).map(({ name }) => name));

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isTauError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("Expected a failure.");
}

test("a tool is found with its owner", () => {
  expect(createRegistry().find("one")).toMatchObject({
    owner: "owner a",
    descriptor: { name: "one", extensionId: "a" },
  });
});

test("an unknown tool names the nearest, or all there are", () => {
  const registry = createRegistry();
  expect(codeOf(() => registry.find("tow"))).toBe("unknown-tool: There is no tool `tow`. Did you mean `two`?");
  expect(codeOf(() => registry.find("something"))).toContain("There are: one, two.");
  registry.remove("a");
  expect(codeOf(() => registry.find("one"))).toContain("No extension offers any.");
});

test("replacing swaps all tools of an extension at once, and no others", () => {
  const registry = createRegistry();
  registry.replace("b", "owner b", [tool("three")]);
  registry.replace("a", "owner a2", [tool("two"), tool("four")]);
  expect(names(registry)).toEqual(["two", "four", "three"]);
  expect(registry.find("two").owner).toBe("owner a2");
  expect(registry.toolsOf("a").map(({ name }) => name)).toEqual(["two", "four"]);
});

test("a collision changes nothing and names both owners", () => {
  const registry = createRegistry();
  registry.replace("b", "owner b", [tool("three")]);
  const code = codeOf(() => registry.replace("b", "owner b2", [tool("four"), tool("one")]));
  expect(code).toContain("tool-collision: Extensions `a` and `b` both offer a tool `one`");
  expect(names(registry)).toEqual(["one", "two", "three"]);
  expect(registry.find("three").owner).toBe("owner b");
});

test("a tool keeps its compiled check as long as its schema is the same", () => {
  const registry = createRegistry();
  const before = registry.find("one").check;
  registry.replace("a", "owner a2", [tool("one"), tool("two", { type: "object", required: ["x"] })]);
  expect(registry.find("one").check).toBe(before);
  expect(registry.find("two").check({})).toEqual(["arguments.x: expected a value, got none"]);
});

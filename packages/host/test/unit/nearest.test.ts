import { describe, expect, test } from "vitest";
import { nearest } from "../../src/nearest.ts";

describe("nearest", () => {
  test.for([
    ["serach", ["search", "read", "write"], ["search"]],
    ["SEARCH", ["search"], ["search"]],
    ["web", ["web_search", "web_fetch", "read"], ["web_fetch", "web_search"]],
    ["reed", ["read", "red", "write", "feed"], ["read", "red", "feed"]],
    ["completely_other", ["read", "write"], []],
    ["x", [], []],
  ] as const)("of `%s` among %s is %s", ([name, candidates, found]) => {
    expect(nearest(name, candidates)).toEqual(found);
  });

  test("answers no more than was asked for", () => {
    expect(nearest("tool", ["tool1", "tool2", "tool3", "tool4"], 2)).toHaveLength(2);
  });

  test("does not compare names longer than any name is", () => {
    expect(nearest("a".repeat(201), ["a".repeat(201)])).toEqual([]);
  });
});

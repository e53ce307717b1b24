import { matches } from "tau-conformance";
import { expect, test } from "vitest";

const same: [actual: unknown, expected: unknown][] = [
  [{ a: 1, more: 2 }, { a: 1 }],
  [[{ a: 1, b: 2 }], [{ a: 1 }]],
  [{ a: "text" }, { a: { $any: "string" } }],
  [{ a: { b: [] } }, { a: { b: { $any: "array" } } }],
  [{ a: null }, { a: { $any: "value" } }],
  ["not so fast", { $contains: "so" }],
  [{ a: 1 }, { b: { $absent: true } }],
  [[1, { n: 2 }], { $unordered: [{ n: 2 }, 1] }],
  [{}, {}],
];
const different: [actual: unknown, expected: unknown][] = [
  [{ a: 1 }, { a: "1" }],
  [{}, { a: { $any: "value" } }],
  [{ a: [] }, { a: { $any: "object" } }],
  [[1, 2], [1]],
  [[1], [1, 2]],
  [{ b: 1 }, { b: { $absent: true } }],
  [[1, 1], { $unordered: [1, 2] }],
  [[1, 2, 3], { $unordered: [1, 2] }],
  ["fast", { $contains: "so" }],
  [null, {}],
  [[], {}],
  [{ length: 0 }, []],
];

test("an expectation takes what is expected, and what comes beside it", () => {
  expect(same.filter(([actual, expected]) => !matches(actual, expected))).toEqual([]);
});

test("an expectation takes nothing else", () => {
  expect(different.filter(([actual, expected]) => matches(actual, expected))).toEqual([]);
});

import { expect, test } from "vitest";
import { confinementOf } from "../../src/agent/confinement.ts";

const user = { isolation: { search: "sandbox" }, permissions: { search: { files: { read: ["/mine"] } } } } as const;

test("an extension that nobody confines runs as a process", () => {
  expect(confinementOf("other", [user])).toEqual({});
});

test("a project can't take out of the sandbox what the user put into it", () => {
  const project = { isolation: { search: "process" } } as const;
  expect(confinementOf("search", [project, user])).toMatchObject({ isolation: "sandbox" });
});

test("a project can't widen what the user granted", () => {
  const project = { permissions: { search: { files: { write: ["/"] } } } };
  expect(confinementOf("search", [project, user]).permissions).toEqual({ files: { read: ["/mine"] } });
});

test("a project may confine what the user did not, and say what it needs there", () => {
  const project = { isolation: { index: "sandbox" }, permissions: { index: { programs: ["git"] } } } as const;
  const found = confinementOf("index", [project, user]);
  expect(found).toEqual({ isolation: "sandbox", permissions: { programs: ["git"] } });
});

test("whoever asks for more confinement gets it, the project or the user", () => {
  const strict = { isolation: { search: "wasm" } } as const;
  expect(confinementOf("search", [strict, user])).toMatchObject({ isolation: "wasm" });
  expect(confinementOf("search", [user, strict])).toMatchObject({ isolation: "wasm" });
});

test("of the limits for guests the smallest holds, whoever said it", () => {
  const project = { guest: { "*": { memoryBytes: 1e9, cpuMsPerCall: 100 } } };
  const mine = { isolation: { any: "wasm" }, guest: { any: { memoryBytes: 5e7 } } } as const;
  expect(confinementOf("any", [project, mine])).toEqual({
    isolation: "wasm",
    guest: { memoryBytes: 5e7, cpuMsPerCall: 100 },
  });
  expect(confinementOf("component", [project])).toEqual({ guest: { memoryBytes: 1e9, cpuMsPerCall: 100 } });
});

test("a star stands for those that are not named", () => {
  const all = { isolation: { "*": "sandbox", mine: "process" } } as const;
  expect(confinementOf("any", [all])).toEqual({ isolation: "sandbox" });
  expect(confinementOf("mine", [all])).toEqual({});
});

test("no setting is read off the prototype of an object", () => {
  expect(confinementOf("constructor", [{ isolation: {} }])).toEqual({});
});

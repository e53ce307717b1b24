import { createValidate, LineChecker } from "tau-conformance";
import { EVENTS, type JsonObject, WIRE_CODES } from "tau-protocol";
import { describe, expect, it } from "vitest";
import { events, methods, protocolText, schema } from "./read.ts";
import { compareWithTypes, exportedNames } from "./schema-types.ts";

/** Exported by packages/protocol, and never on the wire. */
const LOCAL_TYPES = new Set(
  (
    "BusEventName EventChanges EventKind EventName EventPayloads EventSpecification GateEvent TransformEvent Diagnostic LocalErrorCode StartPhase TauErrorCode TauErrorDetails " +
    "TauError HostRequests HostNotifications ExtensionRequests ExtensionNotifications"
  ).split(" "),
);

describe("the types", () => {
  it("are those of the schema", async () => {
    expect(await compareWithTypes(schema)).toEqual([]);
  });

  it.each<[string, (definitions: Record<string, JsonObject>) => void]>([
    ["a field became optional", ({ ExecuteToolParams }) => (ExecuteToolParams!["required"] = ["tool"])],
    ["an optional field went", ({ ToolResult }) => delete (ToolResult!["properties"] as JsonObject)["details"]],
    [
      "an optional field came",
      ({ Content, ToolResult }) => ((ToolResult!["properties"] as JsonObject)["more"] = Content!),
    ],
    [
      "a field has another type",
      ({ EmitParams }) => ((EmitParams!["properties"] as JsonObject)["channel"] = { type: "number" }),
    ],
    ["a choice came", ({ OnFailure }) => (OnFailure!["enum"] = ["closed", "open", "ask"])],
  ])("differ from a schema in which %s", async (_, change) => {
    const changed = structuredClone(schema);
    change(changed.$defs);
    expect(await compareWithTypes(changed)).not.toEqual([]);
  });

  it("differ from a method table with another result", async () => {
    const changed = structuredClone(methods);
    changed.host.requests["ping"] = { params: "Empty", result: "ToolResult" };
    expect(await compareWithTypes(schema, changed)).toHaveLength(1);
  });

  it("are all in the schema, except those that stay on one side", async () => {
    const types = (await exportedNames()).filter((name) => /^[A-Z][a-z]/.test(name) && !LOCAL_TYPES.has(name));
    expect(Object.keys(schema.$defs).toSorted()).toEqual(types.toSorted());
  });
});

describe("the schema", () => {
  const validate = createValidate(schema);

  it("has every type that the method table names", () => {
    for (const { requests, notifications } of [methods.host, methods.extension]) {
      const used = Object.values(requests).flatMap(({ params, result }) => [params, result]);
      for (const type of [...used, ...Object.values(notifications)]) expect(schema.$defs).toHaveProperty(type);
    }
  });

  it("accepts unknown fields in every object", () => {
    const closed = JSON.stringify(schema).match(/"(additionalProperties|unevaluatedProperties)":false/g);
    expect(closed).toBeNull();
  });

  it.each([
    ["a tool name with a dot", "ToolDefinition", { name: "a.b", description: "", parameters: {} }],
    ["the id 0", "RequestMessage", { jsonrpc: "2.0", id: 0, method: "ping" }],
    ["params that are an array", "RequestMessage", { jsonrpc: "2.0", id: 1, method: "ping", params: [] }],
    ["an unknown hook answer", "HookAnswer", { action: "allow" }],
    ["a block without a reason", "HookAnswer", { action: "block" }],
    ["a kind nobody knows", "ErrorData", { kind: "bad-luck" }],
  ])("refuses %s", (_, type, value) => {
    expect(validate(type, value)).not.toEqual([]);
  });

  it("describes the conversation of the smallest extension", () => {
    const example = /```text\n(→[\s\S]*?)```/.exec(protocolText)?.[1] ?? "";
    const lines = example
      .replaceAll(/\n {3}/g, "")
      .trimEnd()
      .split("\n");
    const conversation = new LineChecker(methods);
    expect(lines).toHaveLength(8);
    for (const line of lines) {
      const from = line.startsWith("→") ? "host" : "extension";
      expect(conversation.check(from, JSON.parse(line.slice(2)) as JsonObject, validate)).toEqual([]);
    }
  });
});

describe("the catalogue of events", () => {
  it("is that of packages/protocol", () => {
    const rules = events.map(({ name, kind, onFailure, changes }) => [
      name,
      { kind, onFailure, ...(changes === undefined ? {} : { changes }) },
    ]);
    expect(rules).toEqual(Object.entries(EVENTS));
  });

  it("lists fields to change for every transform, none for observers, and only fields of the payload", () => {
    for (const { name, kind, payload, changes } of events) {
      if (kind === "transform") expect(changes, name).not.toEqual([]);
      if (kind !== "gate") expect(changes !== undefined, name).toBe(kind === "transform");
      expect(Object.keys(payload), name).toEqual(expect.arrayContaining(changes ?? []));
    }
  });
});

describe("the error codes", () => {
  const table = [...protocolText.matchAll(/^\| `([a-z-]+)`\s*\| (-?\d+)\s*\|/gm)].map(([, kind, code]) => [
    kind,
    Number(code),
  ]);

  it("are those of the table in protocol.md", () => {
    expect(Object.fromEntries(table)).toEqual(WIRE_CODES);
  });

  it("are the kinds of the schema, each with a code of its own", () => {
    expect(schema.$defs["WireErrorKind"]?.["enum"]).toEqual(Object.keys(WIRE_CODES));
    expect(new Set(Object.values(WIRE_CODES)).size).toBe(Object.keys(WIRE_CODES).length);
  });
});

describe("the method tables in protocol.md", () => {
  it("are those of methods.json", () => {
    const written = [...protocolText.matchAll(/^\| `([a-z$/A-Z]+)`\s*\| `(\w+)`\s*\|(?: `(\w+)`\s*\|)?$/gm)].map(
      (row) => row.slice(1),
    );
    const expected = [methods.host, methods.extension].flatMap(({ requests, notifications }) => [
      ...Object.entries(requests).map(([method, { params, result }]) => [method, params, result]),
      ...Object.entries(notifications).map(([method, params]) => [method, params, undefined]),
    ]);
    expect(written).toEqual(expected);
  });
});

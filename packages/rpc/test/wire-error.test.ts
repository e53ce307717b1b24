import { fc, test } from "@fast-check/vitest";
import { isTauError, TauError, WIRE_CODES, type WireErrorKind } from "tau-protocol";
import { errorText, fromWireError, toWireError } from "tau-rpc";
import { expect } from "vitest";

const kinds = Object.keys(WIRE_CODES) as WireErrorKind[];

for (const kind of kinds) {
  test(`an error of the kind ${kind} is the same on the other side`, () => {
    const error = new TauError(kind, "what happened", {
      executed: "yes",
      retryable: true,
      remoteStack: "at author.ts:1:2",
      detail: { more: [1] },
    });
    const wire = toWireError(error, "internal-error");
    expect(wire).toEqual({
      code: WIRE_CODES[kind],
      message: "what happened",
      data: { kind, retryable: true, executed: "yes", stack: "at author.ts:1:2", detail: { more: [1] } },
    });
    const { code, message, executed, retryable, remoteStack, detail } = fromWireError(JSON.parse(JSON.stringify(wire)));
    expect({ code, message, executed, retryable, remoteStack, detail }).toEqual({
      code: kind,
      message: "what happened",
      executed: "yes",
      retryable: true,
      remoteStack: "at author.ts:1:2",
      detail: { more: [1] },
    });
  });

  test(`the code of ${kind} is enough to know it`, () => {
    expect(fromWireError({ code: WIRE_CODES[kind], message: "m" }).code).toBe(kind);
    expect(fromWireError({ code: WIRE_CODES[kind], message: "m", data: { kind: "of-the-future" } }).code).toBe(kind);
  });
}

test("an error that never crosses the wire travels as the fallback", () => {
  const wire = toWireError(new TauError("build-failed", "here only"), "tool-failed");
  expect(wire).toMatchObject({ code: WIRE_CODES["tool-failed"], message: "here only", data: { kind: "tool-failed" } });
});

test("an error of another copy of the package is recognised", () => {
  const foreign = Object.assign(new Error("no"), { [Symbol.for("tau.error")]: true, code: "denied", executed: "no" });
  expect(toWireError(foreign, "internal-error")).toMatchObject({ code: WIRE_CODES.denied, data: { kind: "denied" } });
});

test("an unknown code is an internal error that may have been executed and is not retried", () => {
  const { code, executed, retryable, message } = fromWireError({ code: 4711 });
  expect({ code, executed, retryable, message }).toEqual({
    code: "internal-error",
    executed: "maybe",
    retryable: false,
    message: "The call failed (internal-error).",
  });
});

test.prop([fc.anything({ withBigInt: true, withNullPrototype: true })])(
  "any JSON-like value is read as some error",
  (value) => {
    expect(isTauError(fromWireError(value))).toBe(true);
  },
);

test.prop([fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true })])(
  "whatever was thrown has a text and travels",
  (value) => {
    expect(typeof errorText(value)).toBe("string");
    expect(toWireError(value, "tool-failed").code).toBe(WIRE_CODES["tool-failed"]);
  },
);

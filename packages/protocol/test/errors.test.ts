import { fc, test } from "@fast-check/vitest";
import { type Executed, isTauError, TauError, type TauErrorDetails, withDetails } from "tau-protocol";
import { describe, expect, it } from "vitest";

const facts = fc.record(
  {
    extensionId: fc.string(),
    stderrTail: fc.array(fc.string()),
    phase: fc.constantFrom("resolve", "build", "launch", "handshake", "setup", "register"),
    exitCode: fc.option(fc.integer()),
    signal: fc.option(fc.string()),
    remoteStack: fc.string(),
    executed: fc.constantFrom<Executed>("no", "maybe", "yes"),
    retryable: fc.boolean(),
  },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<TauErrorDetails>;

describe("a TauError", () => {
  it("is an Error with a name, a code and cautious defaults", () => {
    const error = new TauError("timed-out", "Expected an answer within 10 ms, got none.");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "TauError",
      code: "timed-out",
      message: "Expected an answer within 10 ms, got none.",
      executed: "maybe",
      retryable: false,
    });
  });

  it("keeps its cause, and has none where none was given", () => {
    const cause = new Error("below");
    expect(new TauError("build-failed", "above", { cause }).cause).toBe(cause);
    expect("cause" in new TauError("build-failed", "above")).toBe(false);
  });

  it("is recognised when another copy of the package made it", () => {
    const foreign = Object.assign(new Error("elsewhere"), { [Symbol.for("tau.error")]: true, code: "cancelled" });
    expect(isTauError(foreign)).toBe(true);
  });

  test.prop([fc.anything()])("is nothing that merely looks like one", (value) => {
    expect(isTauError(value)).toBe(false);
  });
});

describe("adding details to an error", () => {
  it("fills in what the error did not know", () => {
    const error = withDetails(new TauError("cancelled", "stop"), { extensionId: "git", exitCode: 1 });
    expect(error).toMatchObject({ code: "cancelled", message: "stop", extensionId: "git", exitCode: 1 });
  });

  it("adds a cause to an error without one", () => {
    const cause = new Error("below");
    expect(withDetails(new TauError("cancelled", "stop"), { cause }).cause).toBe(cause);
  });

  it("keeps the cause the error has", () => {
    const cause = new Error("below");
    const other = new Error("other");
    expect(withDetails(new TauError("cancelled", "stop", { cause }), { cause: other }).cause).toBe(cause);
  });

  it("keeps the stack of the place where it went wrong", () => {
    const error = new TauError("cancelled", "stop");
    expect(withDetails(error, { extensionId: "git" }).stack).toBe(error.stack);
  });

  test.prop([facts, facts])("never changes what the error knew, and loses nothing that was added", (known, added) => {
    const error = new TauError("tool-failed", "broken", known);
    const enriched = withDetails(error, added);
    const { executed = "maybe", retryable = false } = known;
    expect(isTauError(enriched)).toBe(true);
    expect(enriched).toMatchObject({ ...added, ...known, executed, retryable });
  });

  test.prop([facts, facts])("leaves the error it was given as it was", (known, added) => {
    const error = new TauError("tool-failed", "broken", known);
    const before = Object.entries(error);
    withDetails(error, added);
    expect(Object.entries(error)).toEqual(before);
  });
});

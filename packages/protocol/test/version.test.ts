import { fc, test } from "@fast-check/vitest";
import { negotiateProtocol, type ProtocolRange, SUPPORTED_PROTOCOLS } from "tau-protocol";
import { describe, expect, it } from "vitest";

const version = fc.integer({ min: 1, max: 50 });
const range = fc.tuple(version, version).map(([a, b]): ProtocolRange => ({ min: Math.min(a, b), max: Math.max(a, b) }));

const within = (value: number, { min, max }: ProtocolRange): boolean => min <= value && value <= max;

describe("negotiating a protocol version", () => {
  it("takes the highest version that both speak", () => {
    expect(negotiateProtocol({ min: 1, max: 3 }, { min: 2, max: 9 })).toBe(3);
  });

  it("finds the one version at which two ranges touch", () => {
    expect(negotiateProtocol({ min: 1, max: 3 }, { min: 3, max: 5 })).toBe(3);
  });

  it("finds nothing between ranges that do not meet", () => {
    expect(negotiateProtocol({ min: 1, max: 2 }, { min: 3, max: 4 })).toBeUndefined();
  });

  it("finds nothing in a range that is upside down", () => {
    expect(negotiateProtocol({ min: 1, max: 9 }, { min: 5, max: 2 })).toBeUndefined();
  });

  it("finds something between this release and itself", () => {
    expect(negotiateProtocol(SUPPORTED_PROTOCOLS, SUPPORTED_PROTOCOLS)).toBe(SUPPORTED_PROTOCOLS.max);
  });

  test.prop([range, range])("does not depend on who asks (V-2)", (ours, theirs) => {
    expect(negotiateProtocol(ours, theirs)).toBe(negotiateProtocol(theirs, ours));
  });

  test.prop([range, range])("answers what trying every version would answer (V-2)", (ours, theirs) => {
    const common = Array.from({ length: 51 }, (_, each) => each).filter(
      (each) => within(each, ours) && within(each, theirs),
    );
    expect(negotiateProtocol(ours, theirs)).toBe(common.at(-1));
  });
});

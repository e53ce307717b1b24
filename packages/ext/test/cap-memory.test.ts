import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { capMemory } from "../src/guest-runner/cap-memory.ts";

const PAGE = 65_536;
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** Exports the memory as `m`. */
const EXPORT = [7, 5, 1, 1, 0x6d, 2, 0];

/** A module with one memory: its flags, least and most, each of less than 128 pages. */
function moduleOf(...limits: number[]): Uint8Array {
  return Uint8Array.from([...HEADER, 5, limits.length + 1, 1, ...limits, ...EXPORT]);
}

interface Exports {
  m: { grow(pages: number): number; buffer: ArrayBuffer };
}

/** What is used of it here. Only the types of browsers have it. */
interface Engine {
  instantiate(module: Uint8Array): Promise<{ instance: { exports: Exports } }>;
}

async function memoryOf(module: Uint8Array): Promise<Exports["m"]> {
  const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  return (await engine.instantiate(module)).instance.exports.m;
}

describe("a module whose memory is capped", () => {
  test.each([
    ["without a maximum of its own", moduleOf(0, 1)],
    ["with a larger one", moduleOf(1, 1, 100)],
  ])("%s grows to the cap and no further", async (_, module) => {
    const memory = await memoryOf(capMemory(module, 4 * PAGE));
    expect(memory.grow(3)).toBe(1);
    expect(() => memory.grow(1)).toThrow(RangeError);
    expect(memory.buffer.byteLength).toBe(4 * PAGE);
    expect((await memoryOf(module)).grow(4)).toBe(1);
  });

  test("with a smaller maximum of its own keeps that", async () => {
    const memory = await memoryOf(capMemory(moduleOf(1, 1, 2), 4 * PAGE));
    expect(memory.grow(1)).toBe(1);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  test("that starts with more than the cap is refused", () => {
    expect(() => capMemory(moduleOf(0, 5), 4 * PAGE)).toThrow("at most 4 pages of memory, got 5");
  });

  test.each([
    ["shared", moduleOf(3, 1, 2)],
    ["64-bit", moduleOf(4, 1)],
  ])("that is %s is refused", (_, module) => {
    expect(() => capMemory(module, 4 * PAGE)).toThrow(/shared or 64-bit/);
  });

  test("without memory stays as it is", () => {
    const module = Uint8Array.from(HEADER);
    expect(Uint8Array.from(capMemory(module, PAGE))).toEqual(module);
  });

  test.prop([fc.uint8Array({ maxLength: 200 })])(
    "made of any bytes is answered or refused, and never hangs",
    (bytes) => {
      try {
        capMemory(Uint8Array.from([...HEADER, ...bytes]), PAGE);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    },
  );
});

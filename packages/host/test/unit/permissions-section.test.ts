import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { readAskedPermissions } from "tau-host";
import { afterAll, describe, expect, test } from "vitest";
import { readPermissionsSection, withPermissionsSection } from "../../src/wasm/permissions-section.ts";

const folder = mkdtempSync(join(tmpdir(), "tau-section-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A component with nothing in it. */
const EMPTY = Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);

/** Any section: an id and some bytes. */
const sections = fc.array(
  fc.record({ id: fc.integer({ min: 1, max: 11 }), content: fc.uint8Array({ maxLength: 127 }) }),
);

describe("what a component asks for", () => {
  property.prop([sections, fc.string()])("is found behind whatever else is in it", (others, text) => {
    const before = others.map(({ id, content }) => Buffer.from([id, content.length, ...content]));
    const component = withPermissionsSection(Buffer.concat([EMPTY, ...before]), text);
    expect(readPermissionsSection(component)).toBe(Buffer.from(text).toString("utf8"));
  });

  property.prop([fc.uint8Array({ maxLength: 300 })])("is nothing, or an error, in any other bytes", (bytes) => {
    const read = (): unknown => readPermissionsSection(Buffer.concat([EMPTY, bytes]));
    let found: unknown;
    try {
      found = read();
    } catch (error) {
      expect((error as Error).message).toMatch(/section of it is longer|number in it has no end/);
    }
    expect(found).toBeUndefined();
  });

  test("is the first that it says: nothing behind it adds to that", () => {
    const twice = withPermissionsSection(withPermissionsSection(EMPTY, "first"), "second");
    expect(readPermissionsSection(twice)).toBe("first");
  });

  test("is asked for as in any other source", async () => {
    const path = join(folder, "asks.wasm");
    writeFileSync(path, withPermissionsSection(EMPTY, JSON.stringify({ network: ["api.example"] })));
    expect(await readAskedPermissions(path, folder)).toEqual({ network: ["api.example"] });
    writeFileSync(path, EMPTY);
    expect(await readAskedPermissions(path, folder)).toEqual({});
    writeFileSync(path, withPermissionsSection(EMPTY, '{"servers": []}'));
    await expect(readAskedPermissions(path, folder)).rejects.toMatchObject({ code: "manifest-invalid" });
    writeFileSync(path, "no component");
    await expect(readAskedPermissions(path, folder)).rejects.toThrow("it is not WebAssembly");
  });

  test("may stand in the manifest of a Cargo project", async () => {
    writeFileSync(join(folder, "Cargo.toml"), '[package.metadata.tau.permissions]\nnetwork = ["api.example"]\n');
    expect(await readAskedPermissions(folder, "/")).toEqual({ network: ["api.example"] });
  });
});

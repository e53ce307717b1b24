import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { readScriptMetadata } from "../../src/python/script-metadata.ts";
import { allowsVersion } from "../../src/python/version-specifier.ts";

describe("requires-python", () => {
  const cases: [specifier: string, version: string, verdict: boolean | undefined][] = [
    [">=3.10", "3.10.0", true],
    [">=3.10", "3.9.18", false],
    [">=3.10,<4", "3.14.1", true],
    [">=3.10, !=3.11.*", "3.11.7", false],
    ["==3.11.*", "3.11.7", true],
    ["==3.11", "3.11.0", true],
    ["==3.11", "3.11.1", false],
    ["~=3.10", "3.14.0", true],
    ["~=3.10.2", "3.11.0", false],
    ["~=3.10.2", "3.10.3", true],
    ["<3.12", "3.12.0", false],
    [">3.11", "3.12.0", true],
    ["", "3.11.0", true],
    ["~=3", "3.11.0", undefined],
    [">=3.*", "3.11.0", undefined],
    ["newest", "3.11.0", undefined],
  ];
  for (const [specifier, version, verdict] of cases) {
    test(`${JSON.stringify(specifier)} says ${verdict ?? "nothing"} of ${version}`, () => {
      expect(allowsVersion(specifier, version)).toBe(verdict);
    });
  }

  const version = fc.tuple(fc.nat(9), fc.nat(20), fc.nat(20)).map((parts) => parts.join("."));
  propertyTest.prop([version, version])("at least and below are opposites", (one, other) => {
    expect(allowsVersion(`>=${one}`, other)).toBe(!(allowsVersion(`<${one}`, other) ?? true));
  });
});

describe("inline metadata", () => {
  const read = (text: string) => readScriptMetadata("/x.py", text);

  test("is read as the standard shows it", async () => {
    const text = `#!/usr/bin/env python3\n# /// script\n# requires-python = ">=3.11"\n# dependencies = [\n#   "requests<3",\n#   "rich",\n# ]\n# ///\n\nimport requests\n`;
    expect(await read(text)).toEqual({ requiresPython: ">=3.11", dependencies: ["requests<3", "rich"] });
    expect(await read(text.replaceAll("\n", "\r\n"))).toEqual(await read(text));
  });

  test("asks for nothing where there is none, or where it is no block", async () => {
    const nothing = { requiresPython: undefined, dependencies: [] };
    expect(await read("")).toEqual(nothing);
    expect(await read("# /// script\n# dependencies = [\n")).toEqual(nothing);
    expect(await read("# /// other\n# a = 1\n# ///\n")).toEqual(nothing);
  });

  test("is refused where it is twice there, no TOML or of the wrong type", async () => {
    const block = "# /// script\n# dependencies = []\n# ///\n";
    await expect(read(`${block}\n${block}`)).rejects.toThrow("got 2");
    await expect(read("# /// script\n# dependencies = [\n# ///\n")).rejects.toThrow("Expected TOML");
    await expect(read('# /// script\n# dependencies = "a"\n# ///\n')).rejects.toThrow("to be a list");
    await expect(read("# /// script\n# requires-python = 3\n# ///\n")).rejects.toThrow("requires-python");
  });
});

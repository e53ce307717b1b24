import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { protocolText, root, transcripts } from "./read.ts";

const defined = [...protocolText.matchAll(/^- \*\*([A-Z]-\d+)\*\*/gm)].map(([, id]) => id!);

/** Where a rule is meant; `UTF-8` and the like are none. */
const REFERENCE = /(?<![\w-])[VFMTHLCKEGRSUNX]-\d+(?![\w-])/g;

describe("the rules", () => {
  it("have a number each", () => {
    expect(defined.filter((id, index) => defined.indexOf(id) !== index)).toEqual([]);
  });

  it("count up from 1 in their group", () => {
    const last = new Map<string, number>();
    for (const id of defined) {
      const [group, number] = id.split("-") as [string, string];
      expect(Number(number), id).toBe((last.get(group) ?? 0) + 1);
      last.set(group, Number(number));
    }
    expect([...last.keys()].join("")).toBe("VFMTHLCKEGRSUNX");
  });

  it("exist wherever code, tests and this folder refer to them", () => {
    const unknown = sources().flatMap((file) =>
      (readFileSync(file, "utf8").match(REFERENCE) ?? [])
        .filter((id) => !defined.includes(id))
        .map((id) => `${relative(root, file)}: ${id}`),
    );
    expect(unknown).toEqual([]);
  });

  it("are found in text, and other names with a number are not", () => {
    expect("see F-4, (K-2) and X-3.".match(REFERENCE)).toEqual(["F-4", "K-2", "X-3"]);
    expect("UTF-8, SHA-256, E-2E, a-C-1".match(REFERENCE)).toBeNull();
  });

  it("are named by every transcript", () => {
    for (const { name, rules } of transcripts) expect(rules, name).not.toEqual([]);
  });
});

function sources(): string[] {
  const packages = readdirSync(join(root, "packages")).flatMap((name) =>
    ["src", "test"].map((folder) => join(root, "packages", name, folder)),
  );
  return [...packages, join(root, "spec")].flatMap(filesUnder).filter((file) => /\.(ts|json|jsonl|md)$/.test(file));
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.endsWith("rules.test.ts"));
}

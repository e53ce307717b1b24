import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HOST_VERSION } from "../../src/host-version.ts";

test("the version the host tells its extensions is the package's", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as object;
  expect(manifest).toMatchObject({ version: HOST_VERSION });
});

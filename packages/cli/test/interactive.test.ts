import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { KEYS, PtyTau } from "./pty-tau.ts";
import { Workplace } from "./workplace.ts";

const { enter } = KEYS;

function write(place: Workplace, name: string, text: string): void {
  mkdirSync(dirname(join(place.folder, name)), { recursive: true });
  writeFileSync(join(place.folder, name), text);
}

function open(place: Workplace, ...args: string[]): PtyTau {
  return new PtyTau(args, { cwd: place.folder, env: { TAU_HOME: place.home } });
}

describe("tau in a terminal", () => {
  test("answers what is typed", async () => {
    await using place = new Workplace();
    await using tau = open(place);
    await tau.ready();
    tau.type("say hello there", enter);
    await tau.until(/^hello there$/m);
    tau.type(KEYS.ctrlD);
    expect(await tau.finished).toBe(0);
    console.log(tau.all);
  });
});

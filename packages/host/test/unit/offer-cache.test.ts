import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Offer } from "../../src/hello-result.ts";
import { OfferCache, type OfferSubject } from "../../src/offer-cache.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "tau-offers-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const offer: Offer = {
  name: "weather",
  version: "1.0.0",
  tools: [{ name: "forecast", description: "Tells the weather.", parameters: { type: "object" } }],
  events: new Set(["turn_end", "bus:rain"]),
  hooks: [{ event: "tool_call", priority: 2 }],
  commands: [{ name: "rain", description: "Lets it rain." }],
  flags: [],
  maxLineBytes: undefined,
  selfTest: false,
  reload: "parallel",
  start: "lazy",
  state: "none",
};

function subject(
  changes: Partial<OfferSubject> & { bundle?: string | undefined; env?: Record<string, string> } = {},
): OfferSubject {
  const { bundle = "/cache/0123.cjs", env = { PATH: "/bin" }, ...others } = changes;
  const launch: OfferSubject["plan"]["launch"] = { command: "node", args: [], cwd: "/", env, channel: "fd3+4" };
  const plan = {
    launch,
    bundle: "bundle" in changes ? changes.bundle : bundle,
    entry: undefined,
    runtime: "node" as const,
  };
  return { extensionId: "weather", plan, config: { city: "Ulm" }, flags: {}, cwd: "/home", ...others };
}

describe("an offer that was kept", () => {
  test("is found again as it was, by another host too", async () => {
    await new OfferCache(directory).write(subject(), offer);
    expect(new OfferCache(directory).read(subject())).toEqual(offer);
  });

  test("is the latest one", async () => {
    const cache = new OfferCache(directory);
    await cache.write(subject(), { ...offer, version: "0.9.0" });
    await cache.write(subject(), offer);
    expect(cache.read(subject())?.version).toBe("1.0.0");
    expect(readdirSync(directory)).toHaveLength(1);
  });

  const others: [string, OfferSubject][] = [
    ["content", subject({ bundle: "/cache/4567.cjs" })],
    ["settings", subject({ config: { city: "Bonn" } })],
    ["directory", subject({ cwd: "/srv" })],
    ["environment", subject({ env: { PATH: "/bin", TOKEN: "granted" } })],
    ["id", subject({ extensionId: "weather-2" })],
  ];

  test.for(others)("is not that of the same extension with another %s", async ([, other]) => {
    const cache = new OfferCache(directory);
    await cache.write(subject(), offer);
    expect(cache.read(other)).toBeUndefined();
  });

  test("is nobody else's to read", async () => {
    await new OfferCache(join(directory, "offers")).write(subject(), offer);
    const [name = ""] = readdirSync(join(directory, "offers"));
    expect(statSync(join(directory, "offers")).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, "offers", name)).mode & 0o777).toBe(0o600);
  });

  test("is there for whoever waits for what is being written", async () => {
    const cache = new OfferCache(directory);
    for (const version of ["1", "2", "3"]) void cache.write(subject(), { ...offer, version });
    await cache.close();
    expect(cache.read(subject())?.version).toBe("3");
    expect(readdirSync(directory)).toHaveLength(1);
  });
});

describe("no offer", () => {
  test("is known of what never ran", async () => {
    expect(new OfferCache(join(directory, "not-there")).read(subject())).toBeUndefined();
  });

  test("is kept of a command: nothing tells whether what it starts has changed", async () => {
    const cache = new OfferCache(directory);
    const command = subject({ bundle: undefined });
    await cache.write(command, offer);
    expect(cache.read(command)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  const damages: [string, (text: string) => string][] = [
    ["empty", () => ""],
    ["cut short", (text) => text.slice(0, -20)],
    ["full of zeros", (text) => "\0".repeat(text.length)],
    ["an empty object", () => "{}"],
    ["null", () => "null"],
    ["a list", () => "[]"],
    ["a number", () => "5"],
    ["another program's", () => '{"tools":5,"events":["turn_end"]}'],
    ["changed in one place", (text) => text.replace("forecast", "forecasts")],
    ["written twice", (text) => text + text],
  ];

  test.for(damages)("is read from a file that is %s", async ([, damage]) => {
    const cache = new OfferCache(directory);
    await cache.write(subject(), offer);
    const path = join(directory, readdirSync(directory)[0] ?? "");
    writeFileSync(path, damage(readFileSync(path, "utf8")));
    expect(cache.read(subject())).toBeUndefined();
    await cache.write(subject(), offer);
    expect(cache.read(subject())).toEqual(offer);
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { appendFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTauError, type JsonValue, type TauError } from "tau-protocol";
import type { RequestContext } from "tau-rpc";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeEntry } from "../../src/state/entry.ts";
import { StateStore } from "../../src/state/store.ts";
import { openDescriptors } from "../support/processes.ts";

type Scope = "session" | "user";

/** One host's store, asked as an extension would ask it. */
class Asked {
  readonly reports: TauError[] = [];
  readonly store = new StateStore({ directory, onReport: (error) => void this.reports.push(error) });

  async ask(extension: string, method: string, params: object): Promise<Record<string, JsonValue>> {
    const handler = this.store.requests(extension)[`state/${method}`];
    const answer: unknown = await handler?.(params as Record<string, unknown>, {} as RequestContext);
    return answer as Record<string, JsonValue>;
  }

  async set(
    key: string,
    value: unknown,
    more: { ifRevision?: number; scope?: Scope; id?: string } = {},
  ): Promise<number> {
    const { id = "a", ...params } = more;
    return (await this.ask(id, "set", { scope: "user", key, value, ...params }))["revision"] as number;
  }

  get(key: string, scope: Scope = "user", id = "a"): Promise<object> {
    return this.ask(id, "get", { scope, key });
  }

  async value(key: string, scope: Scope = "user", id = "a"): Promise<unknown> {
    return ((await this.get(key, scope, id)) as { value?: unknown }).value;
  }

  async keys(scope: Scope = "user", prefix?: string): Promise<unknown> {
    return (await this.ask("a", "keys", { scope, prefix }))["keys"];
  }

  delete(key: string, more: { ifRevision?: number; scope?: Scope } = {}): Promise<object> {
    return this.ask("a", "delete", { scope: "user", key, ...more });
  }
}

let directory: string;
let opened: Asked[];
let descriptors: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tau-state-"));
  opened = [];
  descriptors = openDescriptors();
});
afterEach(async () => {
  await Promise.all(opened.map(({ store }) => store.close()));
  rmSync(directory, { recursive: true, force: true });
  expect(openDescriptors()).toBeLessThanOrEqual(descriptors);
});

function open(): Asked {
  const asked = new Asked();
  opened.push(asked);
  return asked;
}

/** The files of one extension. */
function files(): string[] {
  const folders = readdirSync(directory);
  expect(folders).toHaveLength(1);
  return readdirSync(join(directory, String(folders[0])))
    .sort()
    .map((name) => join(directory, String(folders[0]), name));
}

function logFile(): string {
  const logs = files().filter((name) => name.endsWith(".log"));
  expect(logs).toHaveLength(1);
  return String(logs[0]);
}

/** Newer versions of V8 write what older ones can't. */
const DEEP: unknown = JSON.parse("[".repeat(500_000) + "]".repeat(500_000));

function isTooDeep(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

async function refusal(promise: Promise<unknown>): Promise<TauError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTauError(error)) throw new Error(`Expected a TauError, got ${String(error)}`);
  return error;
}

for (const scope of ["session", "user"] as const) {
  describe(`values of the scope ${scope}`, () => {
    test("are there once set, with a revision, and gone once deleted (S-4)", async () => {
      const one = open();
      expect(await one.get("k", scope)).toEqual({ revision: 0 });
      const revision = await one.set("k", { deep: [1, null, "ü€😀\u0000\ud800"] }, { scope });
      expect(await one.get("k", scope)).toEqual({ value: { deep: [1, null, "ü€😀\u0000\ud800"] }, revision });
      expect(await one.delete("k", { scope })).toEqual({});
      expect(await one.get("k", scope)).toEqual({ revision: 0 });
      expect(await one.delete("k", { scope })).toEqual({});
    });

    test("are listed in order, by prefix where one is given (S-10)", async () => {
      const one = open();
      for (const key of ["b", "a/2", "__proto__", "a/10", "ä"]) await one.set(key, key, { scope });
      expect(await one.keys(scope)).toEqual(["__proto__", "a/10", "a/2", "b", "ä"]);
      expect(await one.keys(scope, "a/")).toEqual(["a/10", "a/2"]);
      expect(await one.value("__proto__", scope)).toBe("__proto__");
    });

    test("belong to one extension (S-1)", async () => {
      const one = open();
      const ids = ["a", "A", "../a", "a/b", "", ".", "ä".repeat(300), "a\u0000b"];
      for (const id of ids) await one.set("k", id, { scope, id });
      expect(await Promise.all(ids.map((id) => one.value("k", scope, id)))).toEqual(ids);
    });

    test("get higher revisions from write to write, over deletes (S-7)", async () => {
      const one = open();
      const seen: number[] = [];
      for (let n = 0; n < 5; n++) {
        seen.push(await one.set("k", n, { scope }));
        if (n % 2 === 0) await one.delete("k", { scope });
      }
      expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
    });

    test("are written over the revision that was named and over no other (S-5, S-9)", async () => {
      const one = open();
      const first = await one.set("k", 1, { scope, ifRevision: 0 });
      expect(await refusal(one.set("k", 2, { scope, ifRevision: 0 }))).toMatchObject({
        code: "denied",
        executed: "no",
        detail: { revision: first },
      });
      const second = await one.set("k", 2, { scope, ifRevision: first });
      expect(await refusal(one.delete("k", { scope, ifRevision: first }))).toMatchObject({
        code: "denied",
        detail: { revision: second },
      });
      expect(await one.value("k", scope)).toBe(2);
      await one.delete("k", { scope, ifRevision: second });
      expect(await refusal(one.set("k", 3, { scope, ifRevision: second }))).toMatchObject({ detail: { revision: 0 } });
      await one.set("k", 3, { scope, ifRevision: 0 });
    });

    test("take effect in the order in which they were asked for (S-11)", async () => {
      const one = open();
      const before = one.value("k", scope);
      const writes = [one.set("k", 1, { scope }), one.set("k", 2, { scope })];
      const between = one.value("k", scope);
      const keys = one.keys(scope);
      const deleted = one.delete("k", { scope });
      const after = one.set("k", 3, { scope, ifRevision: 0 });
      expect(await Promise.all([before, between, keys])).toEqual([undefined, 2, ["k"]]);
      await Promise.all([...writes, deleted, after]);
      expect(await one.value("k", scope)).toBe(3);
    });

    test("are kept in their bounds, and what goes beyond changes nothing (S-6)", { timeout: 60_000 }, async () => {
      const one = open();
      const long = "x".repeat(1024 * 1024 - 2);
      expect(await refusal(one.set("k".repeat(257), 1, { scope }))).toMatchObject({
        code: "invalid-params",
        detail: { limit: 256, got: 257 },
      });
      expect(await refusal(one.set("k", `${long}x`, { scope }))).toMatchObject({
        code: "invalid-params",
        detail: { limit: 1_048_576, got: 1_048_577 },
      });
      expect(await one.keys(scope)).toEqual([]);
      await Promise.all(Array.from({ length: 15 }, (_, n) => one.set(`large${n}`, long, { scope })));
      expect(await refusal(one.set("large15", long, { scope }))).toMatchObject({
        code: "invalid-params",
        executed: "no",
        detail: { limit: 16_777_216 },
      });
      // What takes the place of something else has its room.
      await one.set("large14", long, { scope });
      expect(await one.keys(scope)).toHaveLength(15);
    });

    test("are not more than ten thousand (S-6)", { timeout: 60_000 }, async () => {
      const one = open();
      await Promise.all(Array.from({ length: 10_000 }, (_, n) => one.set(`k${n}`, n, { scope })));
      expect(await refusal(one.set("one more", 1, { scope }))).toMatchObject({
        detail: { limit: 10_000, got: 10_001 },
      });
      await one.set("k0", 1, { scope });
      const exchange = [one.delete("k0", { scope }), one.set("one more", 1, { scope })];
      await Promise.all(exchange);
    });

    const junk: [string, string, object][] = [
      ["no key", "get", {}],
      ["an empty key", "get", { key: "" }],
      ["a key that is no text", "set", { key: 5, value: 1 }],
      ["no value", "set", { key: "k" }],
      ...(isTooDeep(DEEP)
        ? [["a value too deep for the stack", "set", { key: "k", value: DEEP }] as [string, string, object]]
        : []),
      ["a revision below 0", "set", { key: "k", value: 1, ifRevision: -1 }],
      ["a revision that is text", "delete", { key: "k", ifRevision: "1" }],
      ["a prefix that is no text", "keys", { prefix: {} }],
    ];
    for (const [what, method, params] of junk) {
      test(`are not asked for with ${what}`, async () => {
        const error = await refusal((async () => open().ask("a", method, { scope, ...params }))());
        expect(error).toMatchObject({ code: "invalid-params", executed: "no" });
      });
    }
  });
}

test("a scope that is none is refused", async () => {
  for (const scope of ["project", undefined, 5]) {
    expect(await refusal((async () => open().ask("a", "get", { scope, key: "k" }))())).toMatchObject({
      code: "invalid-params",
    });
  }
});

describe("the end of a session", () => {
  test("takes its values and nobody else's, and revisions go on (S-2, S-7)", async () => {
    const one = open();
    const revision = await one.set("k", 1, { scope: "session" });
    await one.set("k", 1);
    one.store.endSession();
    expect([await one.value("k", "session"), await one.value("k")]).toEqual([undefined, 1]);
    expect(await one.set("k", 2, { scope: "session" })).toBeGreaterThan(revision);
  });

  test("is the end of the host as well", async () => {
    await open().set("k", 1, { scope: "session" });
    expect(await open().get("k", "session")).toEqual({ revision: 0 });
  });
});

describe("on disk", () => {
  test("nothing is made before the first write", async () => {
    rmSync(directory, { recursive: true });
    const one = open();
    expect([await one.value("k"), await one.keys(), await one.delete("k")]).toEqual([undefined, [], {}]);
    expect(() => statSync(directory)).toThrow("ENOENT");
    await one.set("k", 1);
    expect(await one.value("k")).toBe(1);
  });

  test("what was kept is for the user's eyes only", async () => {
    rmSync(directory, { recursive: true });
    await open().set("k", 1);
    const file = logFile();
    expect([file, join(file, ".."), directory].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o600, 0o700, 0o700,
    ]);
  });

  test("values and revisions are there for the next host (S-2, S-7)", async () => {
    const one = open();
    await one.set("gone", 1);
    await one.delete("gone");
    const revision = await one.set("k", { n: 1 });
    await one.store.close();
    const two = open();
    expect(await two.get("k")).toEqual({ value: { n: 1 }, revision });
    expect(await two.set("gone", 2)).toBeGreaterThan(revision);
  });

  test("what was asked for before the end is answered, and nothing after it", async () => {
    const one = open();
    const writes = Array.from({ length: 50 }, (_, n) => one.set("k", n));
    await one.store.close();
    expect(await Promise.all(writes)).toHaveLength(50);
    expect(await refusal(one.set("k", 51))).toMatchObject({ code: "shutting-down", executed: "no" });
    expect(await open().value("k")).toBe(49);
  });

  test("a log does not grow with the writes to it", async () => {
    const one = open();
    const value = "x".repeat(20_000);
    let revision = 0;
    for (let n = 0; n < 400; n++) {
      const next = await one.set(`k${n % 3}`, value + n);
      expect(next).toBeGreaterThan(revision);
      revision = next;
    }
    expect(files()).toHaveLength(1);
    expect(statSync(logFile()).size).toBeLessThan(2_000_000);
    expect(await open().get("k0")).toEqual({ value: `${value}399`, revision });
    expect(one.reports).toEqual([]);
  });

  test("a line that was cut short is left out and told, and nothing else is lost", async () => {
    const one = open();
    await one.set("k", 1);
    await one.store.close();
    const line = encodeEntry({ kind: "set", by: "x-1", key: "k", text: '"half"', ifRevision: undefined });
    await appendFile(logFile(), line.slice(0, -4));
    const two = open();
    expect(await two.value("k")).toBe(1);
    expect(two.reports).toMatchObject([{ code: "state-damaged", extensionId: "a" }]);
    await two.set("l", 2);
    await two.store.close();
    const three = open();
    expect([await three.value("k"), await three.value("l"), three.reports]).toEqual([1, 2, []]);
    expect(files().map((name) => name.slice(-8))).toEqual([".damaged", expect.stringMatching(/\.log$/)]);
  });

  test("a line that another host leaves unfinished does not cost the next one", async () => {
    const one = open();
    await one.set("k", 1);
    await appendFile(logFile(), "12345678 {");
    const revision = await one.set("k", 2);
    expect(await open().get("k")).toEqual({ value: 2, revision });
    expect(one.reports).toMatchObject([{ code: "state-damaged" }]);
  });

  test("a log in which nothing can be read is put aside and told, and revisions go on", async () => {
    const one = open();
    const revision = await one.set("k", 1);
    await one.store.close();
    const file = logFile();
    writeFileSync(file, Buffer.alloc(statSync(file).size + 10));
    const two = open();
    expect(await two.get("k")).toEqual({ revision: 0 });
    expect(two.reports).toMatchObject([
      { code: "state-damaged" },
      { code: "state-damaged", message: expect.stringContaining(file.replace(/log$/, "damaged")) as string },
    ]);
    expect(await two.set("k", 2)).toBeGreaterThan(revision);
    expect(readFileSync(file.replace(/log$/, "damaged")).every((byte) => byte === 0 || byte === 10)).toBe(true);
  });

  test("an empty log is put aside as well", async () => {
    const one = open();
    await one.set("k", 1);
    await one.store.close();
    writeFileSync(logFile(), "");
    const two = open();
    expect(await two.value("k")).toBe(undefined);
    await two.set("k", 2);
    expect(await open().value("k")).toBe(2);
  });

  test("a log of a newer tau is left alone", async () => {
    const one = open();
    await one.set("k", 1);
    await one.store.close();
    const text = encodeEntry({ kind: "header", format: 2, extension: "a" });
    writeFileSync(logFile(), text);
    expect(await refusal(open().set("k", 2))).toMatchObject({
      code: "internal-error",
      message: expect.stringContaining("Update tau.") as string,
    });
    expect(readFileSync(logFile(), "utf8")).toBe(text);
  });

  test("values that were removed by hand are gone at once, and new ones are kept", async () => {
    const one = open();
    await one.set("k", 1);
    rmSync(join(logFile(), ".."), { recursive: true });
    expect(await one.value("k")).toBe(undefined);
    await one.set("k", 2);
    expect(await open().value("k")).toBe(2);
  });

  test.skipIf(process.getuid?.() === 0)("a directory that can't be written to is an error that says so", async () => {
    await chmod(directory, 0o500);
    const one = open();
    expect(await refusal(one.set("k", 1))).toMatchObject({
      code: "internal-error",
      message: expect.stringMatching(/`a` can't be kept in .*EACCES/) as string,
    });
    await chmod(directory, 0o700);
    await one.set("k", 1);
  });

  test("a state directory that is a file is an error for one request and no longer", async () => {
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "");
    const one = open();
    expect(await refusal(one.set("k", 1))).toMatchObject({ code: "internal-error" });
    rmSync(directory);
    await one.set("k", 1);
    expect(await one.value("k")).toBe(1);
  });
});

describe("two hosts at once (S-8)", () => {
  test("see what the other one has answered", async () => {
    const [one, two] = [open(), open()];
    await one.set("k", 1);
    expect(await two.value("k")).toBe(1);
    await two.delete("k");
    expect(await one.value("k")).toBe(undefined);
    await two.set("k", 2);
    expect(await one.value("k")).toBe(2);
  });

  test("count to the same number, each of their writes over what it has read", async () => {
    const hosts = Array.from({ length: 4 }, open);
    const add = async (host: Asked): Promise<void> => {
      for (;;) {
        const { value = 0, revision } = (await host.get("n")) as { value?: number; revision: number };
        const error = await host.set("n", value + 1, { ifRevision: revision }).then(
          () => undefined,
          (reason: TauError) => reason,
        );
        if (error === undefined) return;
        expect(error.code).toBe("denied");
      }
    };
    await Promise.all(hosts.flatMap((host) => Array.from({ length: 25 }, () => add(host))));
    expect(await Promise.all(hosts.map((host) => host.value("n")))).toEqual([100, 100, 100, 100]);
  });

  test("lose nothing when one of them rewrites the log under the others", async () => {
    const hosts = Array.from({ length: 3 }, open);
    const large = "x".repeat(30_000);
    const revisions = new Map<string, number[]>();
    await Promise.all(
      hosts.flatMap((host, number) =>
        Array.from({ length: 4 }, async (_, part) => {
          for (let n = 0; n < 40; n++) {
            await host.set("shared", large);
            const key = `${number}/${part}/${n}`;
            revisions.set(key, [await host.set(key, n), n]);
          }
        }),
      ),
    );
    const last = open();
    expect(await last.keys()).toHaveLength(3 * 4 * 40 + 1);
    for (const [key, [revision, value]] of revisions) expect(await last.get(key)).toEqual({ revision, value });
    expect(new Set([...revisions.values()].map(([revision]) => revision)).size).toBe(revisions.size);
    expect(files()).toHaveLength(1);
    expect([...hosts, last].flatMap(({ reports }) => reports)).toEqual([]);
  });

  test("come to the same end when both begin", async () => {
    const hosts = Array.from({ length: 5 }, open);
    const first = await Promise.allSettled(hosts.map((host, n) => host.set("k", n, { ifRevision: 0 })));
    expect(first.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const values = await Promise.all(hosts.map((host) => host.value("k")));
    expect(values).toEqual(Array.from({ length: 5 }, () => first.findIndex(({ status }) => status === "fulfilled")));
  });
});

test("what waits to be written is bounded", async () => {
  const one = open();
  const large = "x".repeat(1_000_000);
  const ends = await Promise.allSettled(Array.from({ length: 50 }, () => one.set("k", large)));
  const refused = ends.filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject({ reason: { code: "overloaded", executed: "no", retryable: true } });
  await one.set("k", 1);
});

import { type ExtensionRequests, TauError } from "tau-protocol";
import type { RequestHandler } from "tau-rpc";
import { describe, expect, test } from "vitest";
import type { ExtensionApi } from "../src/api.ts";
import type { State } from "../src/state.ts";
import { rejection, startExtension, type TestHost } from "./support.ts";

type Requests = { [Method in keyof ExtensionRequests]?: RequestHandler };

interface Started extends TestHost {
  state: State;
  /** What the host was asked, in order. */
  asked: [method: string, params: object][];
}

/** A host with these values that checks revisions, and an extension that does nothing. */
async function start(values: Record<string, number>, more: Requests = {}): Promise<Started> {
  const kept = new Map(Object.entries(values).map(([key, value]) => [key, { value, revision: 7 }]));
  const asked: Started["asked"] = [];
  const check = ({ key, ifRevision }: Record<string, unknown>): void => {
    const revision = kept.get(String(key))?.revision ?? 0;
    if (ifRevision === undefined || ifRevision === revision) return;
    throw new TauError("denied", "changed meanwhile", { executed: "no", detail: { revision } });
  };
  const answers: Requests = {
    "state/get": ({ key }) => kept.get(String(key)) ?? { revision: 0 },
    "state/set": (params) => {
      check(params);
      const revision = (kept.get(String(params["key"]))?.revision ?? 0) + 1;
      kept.set(String(params["key"]), { value: params["value"] as number, revision });
      return { revision };
    },
    "state/delete": (params) => {
      check(params);
      kept.delete(String(params["key"]));
      return {};
    },
    "state/keys": () => ({ keys: [...kept.keys()] }),
    ...more,
  };
  const requests = Object.fromEntries(
    Object.entries(answers).map(([method, answer]): [string, RequestHandler] => [
      method,
      (params, context) => {
        asked.push([method, params]);
        return answer(params, context);
      },
    ]),
  );
  let api: ExtensionApi | undefined;
  const host = await startExtension((given) => void (api = given), { requests });
  return { ...host, state: (api as unknown as ExtensionApi).state, asked };
}

describe("state", () => {
  test("is read and written by key, for good or for the session", async () => {
    await using host = await start({ n: 1 });
    const { state } = host;
    expect(await state.get("n")).toBe(1);
    expect(await state.getEntry("none")).toEqual({ value: undefined, revision: 0 });
    expect(await state.session.set("n", 2)).toBe(8);
    expect(await state.keys("a/")).toEqual(["n"]);
    expect(await state.delete("n", { ifRevision: 8 })).toBe(undefined);
    expect(host.asked).toEqual([
      ["state/get", { scope: "user", key: "n" }],
      ["state/get", { scope: "user", key: "none" }],
      ["state/set", { scope: "session", key: "n", value: 2 }],
      ["state/keys", { scope: "user", prefix: "a/" }],
      ["state/delete", { scope: "user", key: "n", ifRevision: 8 }],
    ]);
  });

  test("works during setup (H-3)", async () => {
    let seen: unknown;
    const asked: string[] = [];
    const setup = async ({ state }: ExtensionApi): Promise<void> => {
      seen = await state.get("n");
    };
    await using host = await startExtension(setup, {
      requests: {
        "state/get": () => {
          asked.push("state/get");
          return { value: 1, revision: 1 };
        },
      },
    });
    expect([seen, asked, host.offer.state]).toEqual([1, ["state/get"], "none"]);
  });

  test("that the host does not keep is an error of the call", async () => {
    const unavailable = (): never => {
      throw new TauError("unavailable", "no state here", { executed: "no" });
    };
    await using host = await start({}, { "state/get": unavailable });
    expect(await rejection(host.state.get("n"))).toMatchObject({ code: "unavailable", message: "no state here" });
  });

  test("can't be set to nothing", async () => {
    await using host = await start({});
    expect(await rejection(host.state.set("n", undefined as never))).toMatchObject({
      code: "invalid-params",
      message: "Expected a JSON value, got undefined. Use `delete` to take a value away.",
    });
    expect(host.asked).toEqual([]);
  });

  test("written over another revision is denied", async () => {
    await using host = await start({ n: 1 });
    expect(await rejection(host.state.set("n", 2, { ifRevision: 6 }))).toMatchObject({
      code: "denied",
      detail: { revision: 7 },
    });
  });
});

describe("an update", () => {
  test("writes over what it has read", async () => {
    await using host = await start({ n: 1 });
    expect(await host.state.update<number>("n", (n = 0) => n + 1)).toBe(2);
    expect(host.asked.at(-1)).toEqual(["state/set", { scope: "user", key: "n", value: 2, ifRevision: 7 }]);
  });

  test("begins anew when it was overtaken", async () => {
    await using host = await start({ n: 1 });
    const seen: unknown[] = [];
    const updated = host.state.update<number>("n", (n = 0) => {
      if (seen.push(n) === 1) void host.state.set("n", 10);
      return n + 1;
    });
    expect([await updated, seen, await host.state.get("n")]).toEqual([11, [1, 10], 11]);
  });

  test("that answers nothing deletes, and only what it has read", async () => {
    await using host = await start({ n: 1 });
    expect(await host.state.update("n", () => undefined)).toBe(undefined);
    expect(host.asked.at(-1)).toEqual(["state/delete", { scope: "user", key: "n", ifRevision: 7 }]);
    expect(await host.state.update("n", () => undefined)).toBe(undefined);
    expect(host.asked.at(-1)).toEqual(["state/delete", { scope: "user", key: "n", ifRevision: 0 }]);
  });

  test("waits for the one before it, so that a hundred at once are a hundred writes", async () => {
    await using host = await start({});
    await Promise.all(Array.from({ length: 100 }, () => host.state.update<number>("n", (n = 0) => n + 1)));
    expect(await host.state.get("n")).toBe(100);
    expect(host.asked.filter(([method]) => method === "state/set")).toHaveLength(100);
  });

  test("that throws changes nothing and holds nobody up", async () => {
    await using host = await start({ n: 1 });
    const broken = host.state.update("n", () => {
      throw new Error("broken");
    });
    const next = host.state.update<number>("n", (n = 0) => n + 1);
    expect((await rejection(broken)).message).toBe("broken");
    expect(await next).toBe(2);
  });

  test("has no time to wait for anything", async () => {
    await using host = await start({ n: 1 });
    const change = (async () => 1) as unknown as () => number;
    expect(await rejection(host.state.update("n", change))).toMatchObject({ code: "invalid-params" });
    expect(await host.state.get("n")).toBe(1);
  });

  test("that is denied for another reason is not tried again", async () => {
    const deny = (): never => {
      throw new TauError("denied", "not for you", { executed: "no" });
    };
    await using host = await start({}, { "state/set": deny });
    expect(await rejection(host.state.update("n", () => 1))).toMatchObject({ code: "denied", message: "not for you" });
  });
});

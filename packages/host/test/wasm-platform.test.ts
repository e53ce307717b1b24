import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate, openEvaluating } from "./support/evaluating.ts";
import type { Workspace } from "./support/workspace.ts";

let node: Workspace;
let guest: Workspace;

beforeAll(async () => {
  node = await openEvaluating("process");
  guest = await openEvaluating("wasm");
});

afterAll(async () => {
  await guest[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
});

describe("what a guest has of Node", () => {
  test.each([
    [
      "the parts of a URL",
      `const url = new URL("/a b?x=1&y=ä#z", "https://user:pw@example.com:8443/"); url.pathname += "c"; url.port = ""; return url.href + url.host + url.origin`,
    ],
    [
      "what is no URL",
      `return [URL.canParse("no"), URL.parse?.("x:y") ?? null, (() => { try { new URL("//"); } catch (error) { return error.name; } })()].join()`,
    ],
    [
      "search parameters",
      `const p = new URLSearchParams("a=1&b=%20+x&a=2&bad=%E0%A4"); p.append("c", "ü~!'()*"); p.set("a", "3"); p.delete("b"); return p + "|" + [...p] + p.getAll("a") + p.has("c") + p.size`,
    ],
    [
      "search parameters of a URL",
      `const url = new URL("https://e.com/?a=1"); url.searchParams.set("b", "2 3"); return url.href`,
    ],
    [
      "text as bytes and back",
      `return new TextDecoder().decode(new TextEncoder().encode("grün 👩‍🚀")) + new TextEncoder().encode("ä").join()`,
    ],
    ["base64", `return btoa("hello") + atob("aGVsbG8=")`],
    [
      "deep copies",
      `const a = { m: new Map([[1, new Date(0)]]) }; a.self = a; const b = structuredClone(a); return b.self === b && b !== a && b.m.get(1).getTime() === 0`,
    ],
    [
      "the order of timers and microtasks",
      `const order = []; await new Promise((done) => { setTimeout(() => order.push("20"), 20); setTimeout(() => { order.push("1"); queueMicrotask(() => order.push("micro")); }, 1); setTimeout(() => order.push("1b"), 1); setTimeout(done, 40); Promise.resolve().then(() => order.push("first")); }); return order.join()`,
    ],
    [
      "an interval until it is cleared",
      `let n = 0; await new Promise((done) => { const timer = setInterval(() => { if (++n === 3) { clearInterval(timer); done(); } }, 2); }); return n`,
    ],
    [
      "a timer that was cleared",
      `let n = 0; clearTimeout(setTimeout(() => n++, 1)); await new Promise((done) => setTimeout(done, 10)); return n`,
    ],
    [
      "an abort, once, with its reason",
      `const c = new AbortController(); let n = 0; c.signal.addEventListener("abort", () => n++); c.abort(new Error("why")); c.abort(); return n + c.signal.reason.message + c.signal.aborted`,
    ],
    [
      "signals of several",
      `const c = new AbortController(); const any = AbortSignal.any([c.signal, new AbortController().signal]); c.abort("x"); return any.aborted + any.reason`,
    ],
    [
      "a signal's timeout",
      `const s = AbortSignal.timeout(5); await new Promise((done) => s.addEventListener("abort", done)); return s.reason.name`,
    ],
    ["headers", `const h = new Headers({ A: "1" }); h.append("a", "2"); return h.get("A") + [...h.keys()]`],
    [
      "a response",
      `const r = Response.json({ a: 1 }, { status: 201 }); return r.ok + String(r.status) + r.headers.get("content-type") + JSON.stringify(await r.clone().json())`,
    ],
    [
      "a request",
      `const r = new Request("https://e.com/x", { method: "post", body: new URLSearchParams({ a: "1" }) }); return r.method + r.url + (await r.text()) + r.headers.get("content-type")`,
    ],
    [
      "random bytes",
      `return crypto.getRandomValues(new Uint8Array(8)).length + crypto.randomUUID().replace(/[0-9a-f]/g, "x").slice(0, 14)`,
    ],
    [
      "the stack of an error, by its names",
      `function inner() { return new Error("deep"); } return inner().stack.split("\\n").slice(0, 2).join().replace(/\\(.*/, "")`,
    ],
    [
      "newer parts of the language",
      `return [3, 1, 2].toSorted().at(-1) + (await Promise.any([1])) + "a".replaceAll("a", "b")`,
    ],
  ])("is the same as there: %s", async (_, code) => {
    expect(await evaluate(guest, code)).toBe(await evaluate(node, code));
  });
});

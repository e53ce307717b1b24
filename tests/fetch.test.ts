import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExtensionSource } from "tau-host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture as extFixture } from "../packages/ext/test/processes.ts";
import { missingSandbox } from "../packages/host/test/support/sandbox.ts";
import { openWorkspace, type Workspace } from "../packages/host/test/support/workspace.ts";
import { missingPython, PACKAGE } from "./python/python.ts";
import { buildExample, missingRust } from "./rust/rust.ts";

/** The reference extension of each SDK, whose tool `fetch` posts a text. Rust's as a program: others have compiled it already. */
const SDKS: { language: string; missing: string | undefined; source: () => ExtensionSource }[] = [
  { language: "TypeScript", missing: undefined, source: () => extFixture("reference.ts") },
  { language: "Python", missing: missingPython, source: () => `${PACKAGE}tests/reference.py` },
  { language: "Rust", missing: missingRust, source: () => ({ command: [buildExample("reference")] }) },
];

let granted: Server;
let other: Server;
const seen: IncomingMessage[] = [];

beforeAll(async () => {
  other = createServer((_, response) => response.setHeader("x-kind", "plain").end("the other")).listen(0, "127.0.0.1");
  granted = createServer((request, response) => {
    seen.push(request);
    if (request.url === "/away")
      return response.writeHead(307, { location: `http://127.0.0.1:${portOf(other)}/` }).end();
    if (request.url === "/nowhere") return response.writeHead(302, { location: "http://[" }).end();
    if (request.url === "/round") return response.writeHead(307, { location: "/echo" }).end();
    return request.pipe(response.writeHead(request.url === "/teapot" ? 418 : 200, { "x-kind": "pot" }));
  }).listen(0, "127.0.0.1");
  await Promise.all([once(granted, "listening"), once(other, "listening")]);
});

afterAll(() => {
  granted.close();
  other.close();
});

for (const { language, missing, source } of SDKS) {
  if (missing !== undefined) console.warn(missing);
  describe.skipIf(missing !== undefined)(`fetch in ${language}`, { timeout: 30_000 }, () => {
    let workspace: Workspace;
    let extension: ExtensionSource;

    beforeAll(async () => {
      extension = source();
      workspace = await openWorkspace();
      // The first build of the crate compiles everything that it uses.
    }, 400_000);
    afterAll(() => workspace[Symbol.asyncDispose]());

    const load = async (isolation: "process" | "sandbox", network?: string[]): Promise<void> => {
      if (workspace.host.extensions().some(({ id }) => id === "asks")) await workspace.host.unload("asks");
      const options = network === undefined ? {} : { permissions: { network } };
      await workspace.load(extension, { id: "asks", isolation, ...options });
    };
    const ask = (server: Server, path: string): Promise<string> =>
      workspace.ask("fetch", { url: `http://127.0.0.1:${portOf(server)}${path}`, body: "grüße" });

    test("without a sandbox reaches any server", async () => {
      await load("process");
      expect(await ask(granted, "/echo")).toBe("200 pot grüße");
      expect(await ask(other, "/")).toBe("200 plain the other");
    });

    describe.skipIf(missingSandbox !== undefined)("in a sandbox", () => {
      test("asks the granted server, and hands on what it answers, errors included (N-1, N-4)", async () => {
        await load("sandbox", [`127.0.0.1:${portOf(granted)}`]);
        expect(await ask(granted, "/teapot")).toBe("418 pot grüße");
        expect(seen.at(-1)?.headers["x-kind"]).toBe("reference");
        expect(await ask(granted, "/round")).toBe("200 pot grüße");
      });

      test("reaches no other server, by no redirect either, and says which were granted (N-2)", async () => {
        await expect(ask(other, "/")).rejects.toThrow("Expected a server that was granted (127.0.0.1");
        await expect(ask(granted, "/away")).rejects.toThrow("Expected a server that was granted (127.0.0.1");
      });

      test("is told of a redirect that leads to no URL", async () => {
        await expect(ask(granted, "/nowhere")).rejects.toThrow('to lead to a URL, got "http://["');
      });

      test("reaches nothing where no server was granted", async () => {
        await load("sandbox");
        await expect(ask(granted, "/echo")).rejects.toThrow(/fetch failed|permissions\.network/);
      });
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

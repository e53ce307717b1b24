import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseNetworkGrant } from "../src/http/network-grant.ts";
import { isPublicAddress } from "../src/http/public-address.ts";
import { resolveTarget } from "../src/http/resolve-target.ts";
import { missingSandbox } from "./support/sandbox.ts";
import { openWorkspace, type Workspace } from "./support/workspace.ts";

const PUBLIC = [{ address: "93.184.215.14", family: 4 }];

describe("a granted server", () => {
  test.each([
    ["api.example.com", "api.example.com", 443],
    ["API.example.com:80", "api.example.com", 80],
    ["[::1]:8080", "[::1]", 8080],
    ["0x7f.1:80", "127.0.0.1", 80],
  ])("written as %s is %s at %i", (text, host, port) => {
    expect(parseNetworkGrant(text)).toEqual({ host, port });
  });

  test.each([
    "",
    "*",
    "*.example.com",
    "https://example.com",
    "example.com/path",
    "user@example.com",
    "a:0",
    "a:70000",
    "::1",
  ])("is not written as %j", (text) => {
    expect(() => parseNetworkGrant(text)).toThrow("Expected `permissions.network`");
  });
});

describe("an address", () => {
  test.each(["93.184.215.14", "8.8.8.8", "2606:2800:220:1::1"])("%s is one of the internet's", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.31.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "fc00::1",
    "fe80::1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "ff02::1",
    "localhost",
    "",
  ])("%j is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("a request", () => {
  const grants = [parseNetworkGrant("api.example.com"), parseNetworkGrant("127.0.0.1:8080")];
  const resolve = async () => PUBLIC;

  test("to a granted server goes to the address that was looked at", async () => {
    const { address } = await resolveTarget("https://api.example.com/x", grants, resolve);
    expect(address).toEqual(PUBLIC[0]);
  });

  test.each([
    ["another host", "https://example.com/"],
    ["another port", "https://api.example.com:444/"],
    ["the port of the other scheme", "http://api.example.com/"],
    ["a host that only begins so", "https://api.example.com.evil.test/"],
    ["an address of the host's own, in decimal", "http://2130706433:80/"],
    ["an address of the host's own, in octal", "http://0177.0.0.1:80/"],
  ])("to %s is denied", async (_, url) => {
    await expect(resolveTarget(url, grants, resolve)).rejects.toMatchObject({ code: "denied" });
  });

  test.each([
    "https://api.example.com@evil.test/",
    "https://user:pass@api.example.com/",
    "file:///etc/passwd",
    "//x",
    "",
  ])("to %j is refused or denied", async (url) => {
    await expect(resolveTarget(url, grants, resolve)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:denied|invalid-params)$/) as string,
    });
  });

  test.each(["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "10.0.0.1"])(
    "to a granted name that stands for %s as well is denied",
    async (address) => {
      const both = async () => [...PUBLIC, { address, family: address.includes(":") ? 6 : 4 }];
      await expect(resolveTarget("https://api.example.com/", grants, both)).rejects.toMatchObject({ code: "denied" });
    },
  );

  test("to an address of this machine that was granted itself is let through, however it is written", async () => {
    const { url } = await resolveTarget("http://2130706433:8080/", grants, resolve);
    expect(url.href).toBe("http://127.0.0.1:8080/");
  });
});

if (missingSandbox !== undefined) console.warn(`Tests of fetch in a sandbox are skipped: ${missingSandbox}`);

describe.skipIf(missingSandbox !== undefined)("fetch in a sandbox", () => {
  let granted: Server;
  let other: Server;
  const seen: IncomingMessage[] = [];

  beforeAll(async () => {
    other = createServer((_, response) => response.end("the other")).listen(0, "127.0.0.1");
    granted = createServer((request, response) => {
      seen.push(request);
      if (request.url === "/away")
        return response.writeHead(302, { location: `http://127.0.0.1:${port(other)}/` }).end();
      if (request.url === "/round") return response.writeHead(302, { location: "/echo" }).end();
      if (request.url === "/long") return response.end("x".repeat(9 * 1024 * 1024));
      if (request.url === "/teapot") return response.writeHead(418, { "x-kind": "pot" }).end("short and stout");
      return request.pipe(response);
    }).listen(0, "127.0.0.1");
    await Promise.all([once(granted, "listening"), once(other, "listening")]);
  });

  afterAll(() => {
    granted.close();
    other.close();
  });

  async function open(): Promise<Workspace> {
    const workspace = await openWorkspace();
    const path = workspace.write(
      "asks.mjs",
      `export default (api) => api.registerTool({ name: "ask", description: "", parameters: { type: "object" },
        execute: async ({ url, init }) => {
          const response = await fetch(url, init).catch((error) => { throw new Error(error.message + " " + error.name) });
          const { status, redirected, headers } = response;
          const text = JSON.stringify({ status, redirected, url: response.url, kind: headers.get("x-kind"), body: await response.text() });
          return { content: [{ type: "text", text }] };
        } });`,
    );
    const permissions = { network: [`127.0.0.1:${port(granted)}`] };
    await workspace.load(path, { id: "asks", isolation: "sandbox", permissions });
    return workspace;
  }

  async function ask(workspace: Workspace, path: string, init: object = {}): Promise<Record<string, unknown>> {
    const url = path.startsWith("/") ? `http://127.0.0.1:${port(granted)}${path}` : path;
    return JSON.parse(await workspace.ask("ask", { url, init })) as Record<string, unknown>;
  }

  test("asks the granted server, with method, body and headers, and hands on what it answers", async () => {
    await using workspace = await open();
    const init = { method: "POST", body: "grüße", headers: { "x-mine": "yes" } };
    expect(await ask(workspace, "/echo", init)).toMatchObject({ status: 200, body: "grüße", redirected: false });
    expect(seen.at(-1)?.headers["x-mine"]).toBe("yes");
    expect(await ask(workspace, "/teapot")).toMatchObject({ status: 418, kind: "pot", body: "short and stout" });
  });

  test("follows a redirect on the same server, and none to another one (N-2)", async () => {
    await using workspace = await open();
    expect(await ask(workspace, "/round")).toMatchObject({
      redirected: true,
      url: expect.stringMatching(/echo$/) as string,
    });
    await expect(ask(workspace, "/away")).rejects.toThrow("Expected a server that was granted");
    expect(await ask(workspace, "/away", { redirect: "manual" })).toMatchObject({ status: 302 });
  });

  test("reaches no other server, and is not told by a header of the author's who it is for", async () => {
    await using workspace = await open();
    await expect(ask(workspace, `http://127.0.0.1:${port(other)}/`)).rejects.toThrow(
      "Expected a server that was granted",
    );
    await expect(ask(workspace, `http://localhost:${port(granted)}/`)).rejects.toThrow(
      "Expected a server that was granted",
    );
    await ask(workspace, "/echo");
    expect(seen.at(-1)?.headers.host).toBe(`127.0.0.1:${port(granted)}`);
  });

  test("tells of an answer too long for a line, and goes on (N-4)", async () => {
    await using workspace = await open();
    await expect(ask(workspace, "/long")).rejects.toThrow("Expected an answer of at most 8388608 bytes");
    expect(await ask(workspace, "/teapot")).toMatchObject({ status: 418 });
  });

  test("asks a few at a time, and each in its turn", async () => {
    await using workspace = await openWorkspace();
    let [now, most] = [0, 0];
    const slow = createServer((_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        response.end("x");
      }, 20);
    }).listen(0, "127.0.0.1");
    await once(slow, "listening");
    const source = `export default (api) => api.registerTool({ name: "many", description: "", parameters: { type: "object" },
      execute: async ({ url }) => {
        const answers = await Promise.all(Array.from({ length: 100 }, async () => (await fetch(url)).text()));
        return { content: [{ type: "text", text: answers.join("") }] };
      } });`;
    const path = workspace.write("many.mjs", source);
    const permissions = { network: [`127.0.0.1:${port(slow)}`] };
    await workspace.load(path, { id: "many", isolation: "sandbox", permissions });
    expect(await workspace.ask("many", { url: `http://127.0.0.1:${port(slow)}/` })).toBe("x".repeat(100));
    expect(most).toBe(8);
    slow.close();
    await once(slow, "close");
  });

  test("is the system's own, and fails, where no server was granted", async () => {
    await using workspace = await openWorkspace();
    const source = `export default (api) => api.registerTool({ name: "ask", description: "", parameters: { type: "object" },
      execute: async ({ url }) => ({ content: [{ type: "text", text: await (await fetch(url)).text() }] }) });`;
    const path = workspace.write("asks.mjs", source);
    await workspace.load(path, { id: "asks", isolation: "sandbox" });
    await expect(workspace.ask("ask", { url: `http://127.0.0.1:${port(granted)}/echo` })).rejects.toThrow(
      "fetch failed",
    );
  });
});

function port(server: Server): number {
  return (server.address() as AddressInfo).port;
}

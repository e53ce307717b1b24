import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, createServer as createNetServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SandboxPlace } from "./support/sandbox-place.ts";
import { missingSandbox } from "./support/sandbox.ts";
import { withoutBubblewrap } from "./support/without-bubblewrap.ts";
import { fixture, openWorkspace, type Workspace } from "./support/workspace.ts";

if (missingSandbox !== undefined) console.warn(`The attempts to get out are skipped: ${missingSandbox}`);

const place = new SandboxPlace();
/** What holds: with namespaces, and where nobody may make them. */
const LAYERS = {
  namespaces: { environment: process.env, open: [] as string[] },
  // Where files lie and how large they are can be seen there: docs/security.md says so.
  landlock: { environment: withoutBubblewrap(place.path), open: ["size of an outside file"] },
};
const servers: Server[] = [];
let port = 0;

beforeAll(async () => {
  const http = createServer((_, response) => response.setHeader("connection", "close").end("hello"));
  const [path, abstract] = [createNetServer(), createNetServer()];
  servers.push(
    http.listen(0, "127.0.0.1"),
    path.listen(join(place.path, "socket")),
    abstract.listen(`\0${place.path}`),
  );
  await Promise.all(servers.map((server) => once(server, "listening")));
  port = (http.address() as AddressInfo).port;
});

afterAll(() => {
  for (const server of servers) server.close();
  place[Symbol.dispose]();
});

/** Every attempt, without a sandbox and in one: those that fail without one, and those that succeed in it. */
async function tryAll(open: Workspace, confined: Workspace, args: object): Promise<[string, string, string][]> {
  const ways = JSON.parse(await open.ask("ways")) as string[];
  expect(ways.length).toBeGreaterThan(15);
  const found: [string, string, string][] = [];
  for (const way of ways) {
    const [unconfined, inside] = [
      await open.ask("attempt", { ...args, way }),
      await confined.ask("attempt", { ...args, way }),
    ];
    if (!unconfined.startsWith("got ") || !inside.startsWith("held: ")) found.push([way, unconfined, inside]);
  }
  return found;
}

function expectUnharmed(workspace: Workspace): void {
  const escapes = workspace.host.extensions().find(({ id }) => id === "escapes");
  expect(escapes).toMatchObject({ state: "ready", isolation: "sandbox", restarts: 0 });
}

describe.skipIf(missingSandbox !== undefined).each(Object.entries(LAYERS))(
  "an extension in a sandbox is held by %s",
  { timeout: 60_000 },
  (_, { environment, open: knownAsOpen }) => {
    test("at every way out that is open to one that is not in one, and answers on", async () => {
      await using open = await place.openEscaping("process");
      await using confined = await place.openEscaping("sandbox", { environment });
      const { outside, granted, readable, secret, secretFromGranted } = place;
      const addon = createRequire(import.meta.url).resolve("@lydell/node-pty-linux-x64/pty.node");
      const sockets = { port, abstract: place.path, socketPath: join(place.path, "socket") };
      // Of those that no extension gets.
      const ownVariables = readFileSync("/proc/self/environ", "utf8").split("\0");
      const hostVariable = ownVariables.find((entry) => /^(?:NODE|VITEST|npm)_?\w*=/.test(entry));
      const args = {
        hostVariable,
        outside,
        granted,
        readable,
        secret,
        secretFromGranted,
        addon,
        ...sockets,
        hostPid: process.pid,
      };
      expect(
        (await tryAll(open, confined, args)).map(([way, ...told]) =>
          knownAsOpen.includes(way) ? way : [way, ...told],
        ),
      ).toEqual(knownAsOpen);
      expect(readFileSync(secret, "utf8")).toBe("the secret");
      expectUnharmed(confined);
    });

    test.each(["process", "sandbox"])(
      "from what the host was started with open, by isolation %s too",
      async (isolation) => {
        await using workspace = await openWorkspace();
        const source = `import { readdirSync, readlinkSync } from "node:fs";
      const link = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd); } catch { return ""; } };
      export default (api) => api.registerTool({ name: "look", description: "", parameters: { type: "object" },
        execute: async () => ({ content: [{ type: "text", text: readdirSync("/proc/self/fd").map(link).join() }] }) });`;
        const path = workspace.write("looks.mjs", source);
        const command = 'exec 9<"$SECRET"; exec "$NODE" "$0" "$@"';
        const args = ["-c", command, fixture("inherits.mjs"), path, isolation, workspace.directory];
        const env = { ...process.env, SECRET: place.secret, NODE: process.execPath };
        const { stdout, stderr } = spawnSync("sh", args, { encoding: "utf8", env });
        expect(stderr).toBe("");
        const { own, extension } = JSON.parse(stdout) as { own: string[]; extension: string };
        expect(own).toContain(place.secret);
        expect(extension).not.toContain(place.secret);
        expect(extension).toContain("socket");
      },
    );

    // The attempts name the kernel's calls by their numbers on this machine.
    test.skipIf(process.arch !== "x64")("by the kernel, also where it may start programs", async () => {
      const load = async (isolation: "process" | "sandbox"): Promise<Workspace> => {
        const workspace = await openWorkspace({ environment });
        const path = join(workspace.copy("escapes"), "kernel.py");
        const granted = { files: { write: [place.granted] }, programs: ["sleep", "true"] };
        const permissions = isolation === "sandbox" ? { permissions: granted } : {};
        await workspace.load(path, { id: "escapes", isolation, ...permissions });
        return workspace;
      };
      await using open = await load("process");
      await using confined = await load("sandbox");
      expect(await tryAll(open, confined, { granted: place.granted })).toEqual([]);
      expectUnharmed(confined);
    });
  },
);

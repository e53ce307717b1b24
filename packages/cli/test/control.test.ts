import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProcesses, serveControl } from "tau-cli";
import { createHost } from "tau-host";
import { afterAll, expect, test } from "vitest";

const home = await mkdtemp(join(tmpdir(), "tau-control-test-"));
afterAll(() => rm(home, { recursive: true, force: true }));
const env = { TAU_HOME: home };

test("an agent's hosts are found, each by its own socket, until they are closed", async () => {
  await using first = await createHost({ environment: { ...process.env, ...env } });
  await using second = await createHost({ environment: { ...process.env, ...env } });
  const servers = [
    await serveControl(first, { env, title: "first", cwd: "/one" }),
    await serveControl(second, { env, title: "second" }),
  ];
  const found = await findProcesses({ env });
  expect(found.running.map(({ report }) => report)).toEqual([
    { protocol: 1, pid: process.pid, cwd: "/one", title: "first", extensions: [] },
    { protocol: 1, pid: process.pid, cwd: process.cwd(), title: "second", extensions: [] },
  ]);
  await Promise.all(servers.map((server) => server.close()));
  for (const { path } of servers) expect(existsSync(path)).toBe(false);
  found.close();
  expect((await findProcesses({ env })).running).toEqual([]);
});

test("what is asked of a server wrongly gets an error, and the next question its answer", async () => {
  await using host = await createHost({ environment: { ...process.env, ...env } });
  await using _ = await serveControl(host, { env });
  const found = await findProcesses({ env });
  const [{ peer } = expect.fail("expected a process")] = found.running;
  await expect(peer.request("reload", { extensionId: "none" })).rejects.toThrow("There is no extension `none`.");
  await expect(peer.request("reload", {} as { extensionId: string })).rejects.toThrow("There is no extension");
  await expect(peer.request("unknown" as "ping", {})).rejects.toMatchObject({ code: "method-not-found" });
  expect(await peer.request("ping", {})).toEqual({});
  found.close();
});

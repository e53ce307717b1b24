import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Permissions, type Policy } from "tau-host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingSandbox } from "./support/sandbox.ts";
import { errorOf, openWorkspace, type Workspace } from "./support/workspace.ts";

if (missingSandbox !== undefined) console.warn(`The tests of policies that let through are skipped: ${missingSandbox}`);

const place = mkdtempSync(join(tmpdir(), "tau-policy-"));
const [secret, inSecret, open, link] = ["secret", "secret/deep", "open", "link"].map((name) => join(place, name)) as [
  string,
  string,
  string,
  string,
];

beforeAll(() => {
  for (const folder of [inSecret, open]) mkdirSync(folder, { recursive: true });
  symlinkSync(secret, link);
  writeFileSync(join(secret, "key"), "");
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const ENVIRONMENT = { ...process.env, TAU_TEST_KEY: "a key" };

async function load(policies: Policy[], permissions: Permissions): Promise<Workspace> {
  const workspace = await openWorkspace({ environment: ENVIRONMENT, policies });
  try {
    await workspace.load(workspace.copy("uses.mjs"), { id: "uses", isolation: "sandbox", permissions });
    return workspace;
  } catch (error) {
    await workspace[Symbol.asyncDispose]();
    throw error;
  }
}

const FORBIDDEN: [string, Policy, Permissions, string][] = [
  [
    "a file in a forbidden folder",
    { forbid: { files: { read: [secret] } } },
    { files: { read: [inSecret] } },
    "files.read",
  ],
  ["a folder around a forbidden one", { forbid: { files: { read: [secret] } } }, { files: { read: [place] } }, "read"],
  ["a link to a forbidden folder", { forbid: { files: { read: [secret] } } }, { files: { read: [link] } }, "read"],
  ["writing where reading is", { forbid: { files: { read: [secret] } } }, { files: { write: [secret] } }, "files.read"],
  ["writing anything", { forbid: { files: { write: ["*"] } } }, { files: { write: [open] } }, "files.write"],
  ["a folder of the home", { forbid: { files: { read: ["~/"] } } }, { files: { read: [homedir()] } }, "read"],
  ["a program by its name", { forbid: { programs: ["cat"] } }, { programs: ["/bin/cat"] }, "programs"],
  ["a program by its folder", { forbid: { programs: ["/usr/bin"] } }, { programs: ["cat"] }, "programs"],
  ["all servers", { forbid: { network: ["*"] } }, { network: ["api.example.com"] }, "forbid.network` (*)"],
  ["a server with all its ports", { forbid: { network: ["a.example"] } }, { network: ["A.example.:80"] }, "network"],
  ["all below a name", { forbid: { network: ["*.corp.example"] } }, { network: ["x.y.corp.example"] }, "network"],
  ["an address, however written", { forbid: { network: ["127.0.0.1:80"] } }, { network: ["0x7f.1:80"] }, "network"],
  ["a variable", { forbid: { environment: ["TAU_*"] } }, { environment: ["TAU_TEST_KEY"] }, "environment"],
  ["a limit above its own", { limits: { openFiles: 64 } }, { limits: { openFiles: 65 } }, "limits.openFiles"],
];

describe("a policy", () => {
  test.each([
    ["a server", { forbid: { network: ["a.example"] } }, { network: ["a.example"] }, "forbid.network"],
    ["a variable", { forbid: { environment: ["TAU_*"] } }, { environment: ["TAU_TEST_KEY"] }, "forbid.environment"],
    ["a limit above its own", { limits: { outputBytes: 64 } }, { limits: { outputBytes: 65 } }, "limits.outputBytes"],
  ])("that forbids %s refuses it to a guest as well", async (_, policy, permissions, rule) => {
    await using workspace = await openWorkspace({ environment: ENVIRONMENT, policies: [policy] });
    const path = workspace.write("any.mjs", "export default () => {};");
    const error = await errorOf(workspace.load(path, { isolation: "wasm", permissions }));
    expect(error.code).toBe("denied");
    expect(error.message).toContain(rule);
  });

  test.each(FORBIDDEN)("that forbids %s refuses it, and names the rule", async (_, policy, permissions, rule) => {
    const error = await errorOf(load([{}, { ...policy, from: "/etc/policy" }], permissions));
    expect(error).toMatchObject({ code: "denied", executed: "no" });
    expect(error.message).toContain("the policy in /etc/policy");
    expect(error.message).toContain(rule);
  });

  test.skipIf(missingSandbox !== undefined).each<[string, Policy, Permissions]>([
    ["a folder beside", { forbid: { files: { read: [secret] } } }, { files: { read: [open] } }],
    ["a name that only begins so", { forbid: { files: { read: [join(place, "op")] } } }, { files: { read: [open] } }],
    ["reading where writing is", { forbid: { files: { write: [open] } } }, { files: { read: [open] } }],
    ["another program", { forbid: { programs: ["cat", "/opt"] } }, { programs: ["echo"] }],
    ["another port", { forbid: { network: ["a.example:80"] } }, { network: ["a.example"] }],
    ["the name itself", { forbid: { network: ["*.a.example"] } }, { network: ["a.example"] }],
    ["a name that only ends so", { forbid: { network: ["a.example"] } }, { network: ["ba.example"] }],
    ["another variable", { forbid: { environment: ["AWS_*"] } }, { environment: ["TAU_TEST_KEY"] }],
    ["a limit as high", { limits: { openFiles: 64 } }, { limits: { openFiles: 64 } }],
  ])("lets through %s", async (_, policy, permissions) => {
    await using workspace = await load([policy], permissions);
    expect(await workspace.ask("say", { bytes: 2 })).toBe("xx");
  });

  test.skipIf(missingSandbox !== undefined)("limits who was granted no limit", async () => {
    await using workspace = await load([{ limits: { outputBytes: 5000 } }, { limits: { outputBytes: 500 } }], {});
    await expect(workspace.ask("say", { bytes: 600 })).rejects.toThrow("at most 500 bytes");
  });

  test("limits, and keeps variables from, who is not confined", async () => {
    const policies = [{ limits: { outputBytes: 500 }, forbid: { environment: ["TAU_TEST_KEY"] } }];
    await using workspace = await openWorkspace({ policies });
    const path = workspace.copy("uses.mjs");
    await workspace.load(path, { id: "uses" });
    await expect(workspace.ask("say", { bytes: 600 })).rejects.toThrow("at most 500 bytes");
    const loading = workspace.host.load(path, { id: "other", env: { TAU_TEST_KEY: "a key" } });
    await expect(loading).rejects.toMatchObject({ code: "denied" });
  });

  test("of sandboxes refuses what is not in one, and never loosens by another policy", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.copy("uses.mjs");
    await workspace.load(path, { id: "free" });
    await using host = await createHost({ cwd: workspace.directory, policies: [{ isolation: "sandbox" }, {}] });
    const error = await errorOf(host.load(path));
    expect(error).toMatchObject({ code: "denied" });
    expect(error.message).toContain("its `isolation` (sandbox) forbids");
  });

  test.each<[string, object]>([
    ["a word that there is not", { forbids: {} }],
    ["a kind that there is not", { forbid: { net: ["*"] } }],
    ["a text where a list should be", { forbid: { network: "*" } }],
    ["a URL for a server", { forbid: { network: ["https://a.example"] } }],
    ["an isolation that there is not", { isolation: "sandboxed" }],
    ["a limit of nothing", { limits: { memoryMb: 0 } }],
    ["nothing at all", [] as object],
  ])("with %s is refused: it would forbid nothing", async (_, policy) => {
    const error = await errorOf(createHost({ policies: [policy as Policy] }));
    expect(error).toMatchObject({ code: "invalid-option", message: expect.stringContaining("`policy") as string });
  });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatReport, runSuite } from "tau-conformance";
import { createHost, type Host } from "tau-host";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "tau-no-sdk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const example = (path: string): string => fileURLToPath(new URL(`../examples/${path}`, import.meta.url));
const isThere = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

interface Program {
  name: string;
  command: string[];
  missing: string | undefined;
}

const perl: Program = {
  name: "perl-sudo-gate",
  command: ["perl", example("perl-sudo-gate/sudo_gate.pl")],
  missing: isThere("perl", "-MJSON::PP", "-e", "1") ? undefined : "Skipped: there is no perl with JSON::PP in PATH.",
};
const shell: Program = { name: "shell-facts", command: ["sh", example("shell-facts/facts.sh")], missing: undefined };
const checksum: Program = { name: "c-checksum", command: [join(folder, "checksum")], missing: compile() };

/** Says why it can't. */
function compile(): string | undefined {
  if (!isThere("cc", "--version")) return "Skipped: there is no C compiler, cc, in PATH.";
  const args = ["-Wall", "-Wextra", "-Werror", "-O2", "-o", join(folder, "checksum"), example("c-checksum/checksum.c")];
  const { status, stderr } = spawnSync("cc", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return undefined;
}

async function open({ command }: Program): Promise<Host> {
  const host = await createHost({ cacheDir: join(folder, "cache"), stateDir: join(folder, "state") });
  await host.load({ command }, { id: "example" });
  return host;
}

async function answer(host: Host, tool: string, args = {}): Promise<unknown> {
  const { content } = await host.call(tool, args);
  return content[0]?.type === "text" ? content[0].text : undefined;
}

for (const program of [shell, perl, checksum]) {
  if (program.missing !== undefined) console.warn(program.missing);
  test.skipIf(program.missing !== undefined)(
    `${program.name} does what every extension must`,
    { timeout: 60_000 },
    async () => {
      const report = await runSuite({ command: program.command });
      expect(report.failed, formatReport(report)).toBe(0);
      expect(report.passed).toBeGreaterThan(15);
    },
  );
}

describe("shell-facts", () => {
  test("tells what the machine is, as text that JSON can hold", async () => {
    await using host = await open(shell);
    expect(await answer(host, "machine_facts")).toMatch(/^\w+ \S+\n.*load average.*\n(.*\n)*.*%/);
  });
});

describe.skipIf(perl.missing !== undefined)("perl-sudo-gate", () => {
  test("blocks what has sudo in it and counts it", async () => {
    await using host = await open(perl);
    const decide = (command: string): Promise<unknown> =>
      host.decide("tool_call", { callId: "1", tool: "bash", input: { command }, caller: "model" });
    expect(await decide("ls")).toMatchObject({ action: "continue" });
    expect(await decide("sudo rm -r /")).toMatchObject({ action: "block" });
    expect(await answer(host, "count_sudo")).toBe("1");
  });
});

describe.skipIf(checksum.missing !== undefined)("c-checksum", () => {
  test.for(["123456789", "", '"\\\n\t/\u0001', "日本 👩‍🚀"])("answers the checksum of %j", async (text) => {
    await using host = await open(checksum);
    expect(await answer(host, "crc32", { text })).toBe(crc32(text));
  });

  test("answers what everybody else does", async () => {
    await using host = await open(checksum);
    // The check value of CRC-32/ISO-HDLC.
    expect(await answer(host, "crc32", { text: "123456789" })).toBe("cbf43926");
  });
});

/** From the definition, bit by bit. */
function crc32(text: string): string {
  let sum = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (~sum >>> 0).toString(16).padStart(8, "0");
}

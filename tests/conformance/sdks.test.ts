import { allChecks, type CheckResult, formatReport, type Report, runSuite, type Transport } from "tau-conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Folder, makeFolder } from "../../packages/ext/test/processes.ts";
import { parityPage } from "./parity-page.ts";
import { SDKS } from "./sdks.ts";

const TRANSPORTS: Transport[] = ["fd", "stdio"];
const checks = allChecks();
const reports = new Map<string, Report>();
let folder: Folder;

beforeAll(async () => void (folder = await makeFolder()));
afterAll(() => folder[Symbol.asyncDispose]());

for (const { language, missing, prepare } of SDKS) {
  if (missing !== undefined) console.warn(missing);
  for (const transport of TRANSPORTS) {
    const name = `the ${language} SDK on ${transport === "fd" ? "descriptor 3" : "stdin and stdout"}`;
    describe.skipIf(missing !== undefined)(name, () => {
      let results = new Map<string, CheckResult>();
      beforeAll(async () => {
        const { command, env } = await prepare(folder);
        // One at a time: other tests run beside these, and what is slow here is not wrong.
        const report = await runSuite({ command: command(transport), transport, env, jobs: 2, timeoutMs: 20_000 });
        reports.set(`${language} ${transport}`, report);
        results = new Map(report.results.map((result) => [result.id, result]));
        if (report.failed > 0) console.error(formatReport(report));
        // The first build of the crate compiles everything that it uses.
      }, 400_000);

      test.for(checks.map(({ id, title, rules }) => [id, title, rules.join(", ")] as const))("%s: %s (%s)", ([id]) => {
        const { outcome, expected, got, reason } = results.get(id) ?? {};
        expect({ outcome, expected, got, reason }).toEqual({ outcome: "passed" });
      });
    });
  }
}

// Written anew with `npx vitest run tests/conformance -u`.
test.skipIf(SDKS.some(({ missing }) => missing !== undefined))(
  "docs/sdk-parity.md says what the suite saw",
  async () => {
    await expect(
      parityPage(
        SDKS.map(({ language }) => language),
        reports,
      ),
    ).toMatchFileSnapshot("../../docs/sdk-parity.md");
  },
);

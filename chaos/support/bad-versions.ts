import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "../../packages/host/test/support/workspace.ts";

/** A next version that must not take the place of the one that serves. */
export interface BadVersion {
  kind: string;
  /** Puts it where the good one was. */
  write(directory: string): void;
  /** What the reload fails with. */
  code: string;
  says: RegExp;
}

const MANIFEST = { name: "edited", version: "1.0.0", tau: { main: "./index.ts" } };

/** Answers its version. */
export function goodVersion(text: string, more = ""): string {
  return `
    import { ToolResult } from "tau-ext";
    export default async (api) => {
      ${more}
      api.registerTool({ name: "version", description: "", parameters: { type: "object" }, execute: () => ToolResult.text("${text}") });
    };`;
}

/** Whatever was there before, this is there now. */
export function writePackage(directory: string, source: string, manifest: object = MANIFEST): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(directory, "index.ts"), source);
}

/** Fails before anybody hears of it. */
const TOOL = `name: "version", description: "", execute() {}`;

export const BAD_VERSIONS: readonly BadVersion[] = [
  // In the source.
  bad("syntax error", "export default (api) => {", ["build-failed", /index\.ts[\s\S]*1:25|end of file/]),
  bad("import of a file that is not there", 'import "./gone.ts"; export default () => {};', [
    "build-failed",
    /gone\.ts/,
  ]),
  bad("import of a package that is not there", 'import "no-such-package"; export default () => {};', [
    "build-failed",
    /no-such-package/,
  ]),
  bad("a constant that is assigned", "const a = 1; a = 2; export default () => {};", [
    "build-failed",
    /constant|assign/,
  ]),
  bad("no default export", "export const a = 1;", ["setup-failed", /default/]),
  bad("a throw on import", 'throw new Error("no import today"); export default () => {};', [
    "setup-failed",
    /no import today[\s\S]*index\.ts:1/,
  ]),
  // In setup.
  inSetup("a throw", 'throw new Error("no mood today");', ["setup-failed", /no mood today[\s\S]*index\.ts:4/]),
  inSetup("a rejected promise", 'await Promise.reject(new Error("no promise kept"));', [
    "setup-failed",
    /no promise kept/,
  ]),
  inSetup(
    "a rejection that nobody handles",
    'Promise.reject(new Error("nobody listens")); await new Promise((r) => setTimeout(r, 5000));',
    ["start-exited", /nobody listens/],
  ),
  inSetup("process.exit", "process.exit(3);", ["start-exited", /code 3/]),
  inSetup("a process that aborts", "process.abort();", ["start-exited", /SIGABRT/]),
  inSetup("a promise that never settles", "await new Promise(() => setInterval(() => {}, 1000));", [
    "start-timeout",
    /`setup` has not finished/,
  ]),
  inSetup("an endless loop", "for (;;);", ["start-timeout", /has not answered/]),
  inSetup(
    "memory without end",
    // With an end of its own, where nothing holds the limit.
    "const kept = []; while (kept.length < 600) kept.push(Buffer.alloc(2 ** 20, 1)); for (;;);",
    ["extension-killed", /memory/],
  ),
  // In what it offers.
  inSetup(
    "the name of another's tool",
    'api.registerTool({ name: "neighbour", description: "", parameters: { type: "object" }, execute() {} });',
    ["tool-collision", /`neighbour`/],
  ),
  inSetup(
    "a tool's name with a space",
    `api.registerTool({ ${TOOL.replace("version", "not a name")}, parameters: { type: "object" } });`,
    ["setup-failed", /not a name/],
  ),
  inSetup(
    "a schema that is none",
    'api.registerTool({ name: "odd", description: "", execute() {}, parameters: { type: "object", properties: { a: { type: "strin" } } } });',
    ["registration-refused", /odd[\s\S]*type/],
  ),
  inSetup("the same tool twice", `api.registerTool({ ${TOOL}, parameters: { type: "object" } });`, [
    "setup-failed",
    /version/,
  ]),
  inSetup(
    "more tools than are allowed",
    'for (let i = 0; i < 1001; i++) api.registerTool({ name: "t" + i, description: "", parameters: { type: "object" }, execute() {} });',
    ["registration-refused", /1000/],
  ),
  inSetup("a hook on an unknown event", 'api.on("no_such_event", () => {});', ["setup-failed", /no_such_event/]),
  inSetup("a self-test that fails", 'api.selfTest(() => { throw new Error("not today"); });', [
    "extension-failed",
    /self-test[\s\S]*not today/,
  ]),
  inSetup("a self-test that never ends", "api.selfTest(() => new Promise(() => {}));", ["start-timeout", /self-test/]),
  inSetup("a self-test that ends the process", "api.selfTest(() => process.exit(4));", ["start-exited", /code 4/]),
  // On the channel.
  program(
    "garbage instead of an answer",
    ["-e", 'process.stdout.write("junk\\n".repeat(100)); setTimeout(() => {}, 60000)'],
    ["start-timeout", /has not answered/],
  ),
  program(
    "an answer to hello of the wrong type",
    [fixture("raw.mjs"), "tools-object"],
    ["registration-refused", /`?tools`?/],
  ),
  program("a number for an answer to hello", [fixture("raw.mjs"), "number"], ["protocol-violation", /`protocol`/]),
  program("another protocol", [fixture("raw.mjs"), "wrong-protocol"], ["protocol-violation", /`protocol`/]),
  program("an end of the channel", [fixture("raw.mjs"), "closes-channel"], ["start-exited", /./]),
  // Where it lies.
  {
    kind: "a file that is gone",
    write: (directory) => rmSync(join(directory, "index.ts")),
    code: "manifest-invalid",
    says: /index\.ts/,
  },
  {
    kind: "a directory in the place of the file",
    write: (directory) => {
      rmSync(join(directory, "index.ts"));
      mkdirSync(join(directory, "index.ts"));
    },
    code: "manifest-invalid",
    says: /index\.ts/,
  },
  {
    kind: "a package that is gone",
    write: (directory) => rmSync(directory, { recursive: true }),
    code: "source-not-found",
    says: /edited/,
  },
  {
    kind: "half of a manifest",
    write: (directory) => writeFileSync(join(directory, "package.json"), '{ "name": "edi'),
    code: "manifest-invalid",
    says: /JSON/,
  },
];

function bad(kind: string, source: string, [code, says]: [string, RegExp]): BadVersion {
  return { kind, write: (directory) => writePackage(directory, source), code, says };
}

/** What comes first in the setup of a version that would be good otherwise. */
function inSetup(kind: string, statements: string, failure: [string, RegExp]): BadVersion {
  return bad(`in setup: ${kind}`, goodVersion("bad", statements), failure);
}

function program(kind: string, args: string[], [code, says]: [string, RegExp]): BadVersion {
  const manifest = { ...MANIFEST, tau: { command: [process.execPath, ...args] } };
  return { kind: `a program: ${kind}`, write: (directory) => writePackage(directory, "", manifest), code, says };
}

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorOf, openWorkspace, type Workspace } from "./support/workspace.ts";

const python = spawnSync("python3", ["-c", "import sys; assert sys.version_info >= (3, 10); print(sys.executable)"], {
  encoding: "utf8",
});
const isMissing = python.status !== 0;
if (isMissing) console.warn("Skipped: there is no python3 of version 3.10 or newer in PATH.");

/** An extension whose tool answers this expression. */
function answering(expression: string, before = ""): string {
  return `${before}
async def setup(api):
    @api.tool(description="Answers")
    async def answer() -> str:
        return str(${expression})
`;
}

const script = (...lines: string[]): string =>
  ["# /// script", ...lines.map((line) => `# ${line}`), "# ///"].join("\n");

describe.skipIf(isMissing)("a .py file", () => {
  test("is an extension, with the modules beside it", async () => {
    await using workspace = await openWorkspace();
    workspace.write("beside.py", "from pack.inner import NUMBER");
    workspace.write("pack/__init__.py", "");
    workspace.write("pack/inner.py", "from .deep import NUMBER");
    workspace.write("pack/deep.py", "NUMBER = 42");
    const info = await workspace.load(workspace.write("my-weather.py", answering("beside.NUMBER", "import beside")));
    expect(info).toMatchObject({ id: "my-weather", tools: ["answer"] });
    expect(await workspace.ask("answer")).toBe("42");
  });

  test("knows its own path, and a name that Python has too disturbs nobody", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("random.py", answering("__file__", "import random"));
    await workspace.load(path);
    expect(await workspace.ask("answer")).toBe(path);
  });

  test("that is no Python is told with its place before anything runs", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("broken.py", "import json\nasync def setup(api):\n    x = (1,\n    return 2\n");
    const error = await errorOf(workspace.load(path));
    expect(error).toMatchObject({ code: "build-failed", phase: "build" });
    expect(error.diagnostics?.[0]).toMatchObject({ file: path, line: 3, column: 9, lineText: "    x = (1," });
    expect(error.message).toContain(`${path}:3:9: SyntaxError: '(' was never closed`);
  });

  test("is told of a fault in a module beside it", async () => {
    await using workspace = await openWorkspace();
    const beside = workspace.write("beside.py", "def broken(:\n");
    const error = await errorOf(workspace.load(workspace.write("main.py", answering("1", "import beside"))));
    expect(error.diagnostics?.[0]).toMatchObject({ file: beside, line: 1 });
  });

  test("whose setup raises is told with the traceback of its author", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write(
      "raises.py",
      "def help():\n    return {}['city']\n\nasync def setup(api):\n    help()\n",
    );
    const error = await errorOf(workspace.load(path));
    expect(error).toMatchObject({ code: "setup-failed", phase: "setup" });
    expect(error.message).toContain("KeyError: 'city'");
    expect(error.remoteStack).toContain(`File "${path}", line 2, in help\n    return {}['city']`);
    expect(error.remoteStack).not.toContain("python-sdk");
  });

  test("without a setup says what to write", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(workspace.write("empty.py", "pass")));
    expect(error.message).toContain("Write `async def setup(api): …`.");
  });

  test("is started again as it was although it has been saved since", async () => {
    await using workspace = await openWorkspace();
    const version = (number: number, more: string): string =>
      `import beside\ndef setup(api):\n    api.declare(reload="exclusive")\n    ${more}\n` +
      `    @api.tool(description="d")\n    async def answer() -> str:\n        return f"{beside.NAME} ${number}"\n`;
    workspace.write("beside.py", 'NAME = "first"');
    workspace.write("main.py", version(1, "pass"));
    await workspace.load("main.py", { id: "main" });
    workspace.write("beside.py", 'NAME = "second"');
    workspace.write("main.py", version(2, "raise ValueError('not yet')"));
    await expect(workspace.host.reload("main")).rejects.toThrow("not yet");
    expect(await workspace.ask("answer")).toBe("first 1");
  });

  test("that hangs its event loop is ended, and its neighbours notice nothing", async () => {
    await using workspace = await openWorkspace({ hangTimeoutMs: 500 });
    const spinning =
      "async def setup(api):\n    @api.tool(description='d')\n    async def spin() -> str:\n        while True: pass\n";
    await workspace.load(workspace.write("spins.py", spinning), { id: "spins" });
    expect(await errorOf(workspace.call("spin"))).toMatchObject({ code: "extension-killed" });
  });

  test("without a Python in PATH says so in one sentence", async () => {
    await using workspace = await openWorkspace({ environment: { ...process.env, PATH: "/nowhere" } });
    const error = await errorOf(workspace.load(workspace.write("main.py", answering("1"))));
    expect(error.code).toBe("command-not-found");
    expect(error.message).toMatch(/^Expected Python 3\.10 or newer as `python3` in PATH to run .*found none\./);
  });
});

describe.skipIf(isMissing)("what a script says it needs", () => {
  test("has to be there: its Python", async () => {
    await using workspace = await openWorkspace();
    const future = workspace.write("future.py", `${script('requires-python = ">=4.5"')}\n${answering("1")}`);
    expect((await errorOf(workspace.load(future))).message).toMatch(/Expected Python >=4\.5 .* but `python3` is 3\./);
    const odd = workspace.write("odd.py", `${script('requires-python = "new"')}\n${answering("1")}`);
    expect((await errorOf(workspace.load(odd))).message).toContain("to be a specifier");
  });

  test("is installed once for everybody who needs the same, and kept", { timeout: 60_000 }, async () => {
    await using workspace = await openWorkspace({ environment: withoutUv() });
    const block = script(`dependencies = ["tau-sample @ file://${makeWheel(workspace)}"]`);
    const load = (name: string): Promise<unknown> => {
      const named = answering("tau_sample.NAME", "import tau_sample").replaceAll("answer", name);
      return workspace.load(workspace.write(`${name}.py`, `${block}\n${named}`));
    };
    const notes: string[] = [];
    const stop = workspace.host.on("log", ({ text }) => void notes.push(text));
    await Promise.all([load("one"), load("two")]);
    await load("three");
    stop();
    expect(notes.filter((text) => text.startsWith("Installing tau-sample @"))).toHaveLength(1);
    expect([await workspace.ask("one"), await workspace.ask("two"), await workspace.ask("three")]).toEqual(
      Array(3).fill("installed"),
    );
  });

  test("that can't be installed is told with the installer's last lines, and tried again next time", async () => {
    await using workspace = await openWorkspace({});
    const environment = fakeUv(workspace, '[ "$1" = venv ] || { echo "no matching distribution" >&2; exit 3; }');
    await using other = await openWorkspace({ environment });
    const path = other.write("needs.py", `${script('dependencies = ["nowhere"]')}\n${answering("1")}`);
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await errorOf(other.load(path));
      expect(error).toMatchObject({ code: "build-failed", phase: "build" });
      expect(error.message).toMatch(/^`uv pip install --python .* nowhere` failed \(3\):\nno matching distribution$/);
    }
  });

  test("is left to uv where there is one", async () => {
    await using workspace = await openWorkspace({});
    const environment = fakeUv(workspace, 'echo "uv $1 $2"');
    await using other = await openWorkspace({ environment });
    const lines: string[] = [];
    other.host.on("log", ({ text }) => void lines.push(text));
    const body = answering("os.environ['VIRTUAL_ENV']", "import os");
    await other.load(other.write("needs.py", `${script('dependencies = ["anything"]')}\n${body}`));
    expect(lines).toContain("uv pip install");
    expect(await other.ask("answer")).toContain(join(other.directory, "cache", "python", "environments"));
  });

  test("is refused where it could be an option of the installer", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("sly.py", `${script('dependencies = ["--index-url=http://x"]')}\n${answering("1")}`);
    expect((await errorOf(workspace.load(path))).message).toContain("to be a list such as");
  });
});

function withoutUv(): NodeJS.ProcessEnv {
  const PATH = (process.env["PATH"] ?? "")
    .split(":")
    .filter((folder) => spawnSync(join(folder, "uv"), ["--version"]).status !== 0)
    .join(":");
  return { ...process.env, PATH };
}

/** A PATH whose uv makes an environment with nothing in it, after having done what the shell is told. */
function fakeUv(workspace: Workspace, what: string): NodeJS.ProcessEnv {
  const real = python.stdout.trim();
  const text = `#!/bin/sh\n${what}\n[ "$1" = venv ] && for last; do :; done && mkdir -p "$last/bin" && ln -s "${real}" "$last/bin/python"\nexit 0\n`;
  const path = workspace.write("bin/uv", text);
  chmodSync(path, 0o755);
  return { ...process.env, PATH: `${join(workspace.directory, "bin")}:${process.env["PATH"]}` };
}

/** A package that pip installs without a network. */
function makeWheel(workspace: Workspace): string {
  const folder = join(workspace.directory, "wheels");
  mkdirSync(folder);
  const path = join(folder, "tau_sample-1.0-py3-none-any.whl");
  const made = spawnSync("python3", ["-c", MAKE_WHEEL, path], { encoding: "utf8" });
  expect(made.status, made.stderr).toBe(0);
  return path;
}

const MAKE_WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tau_sample.py", 'NAME = "installed"')
    wheel.writestr("tau_sample-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tau-sample\\nVersion: 1.0\\n")
    wheel.writestr("tau_sample-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("tau_sample-1.0.dist-info/RECORD", "")
`;

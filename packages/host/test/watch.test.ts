import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  type FSWatcher,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  watch as watchFs,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fc, test as propertyTest } from "@fast-check/vitest";
import type { TauError } from "tau-protocol";
import { describe, expect, test } from "vitest";
import { runnerPath } from "../src/runner-path.ts";
import { FileWatcher, type FileWatcherOptions, type WatchedFiles } from "../src/watch/file-watcher.ts";
import { watchedFilesOf } from "../src/watch/watched-files.ts";

/** A directory, a watcher, and what it told. */
class Watching implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "tau-watch-")));
  readonly errors: TauError[] = [];
  readonly told: string[] = [];
  readonly watcher: FileWatcher;
  #files: WatchedFiles | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: Partial<FileWatcherOptions> = {}) {
    this.watcher = new FileWatcher({ onError: (error) => this.errors.push(error), ...options });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  watch(...names: string[]): void {
    this.#files = this.watcher.watch(
      names.map((name) => this.path(name)),
      (path) => this.#hear(path),
    );
  }

  /** Resolves when the watcher tells of a file and the file has this content, or is gone. */
  noticed(name: string, content: string | undefined): Promise<void> {
    return new Promise((resolve) => {
      const isNoticed = (): void => {
        if (this.told.at(-1) === this.path(name) && this.read(name) === content) resolve();
        else this.#waiting.push(isNoticed);
      };
      this.#waiting.push(isNoticed);
    });
  }

  read(name: string): string | undefined {
    try {
      return readFileSync(this.path(name), "utf8");
    } catch {
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#files?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #hear(path: string): void {
    this.told.push(path);
    for (const isNoticed of this.#waiting.splice(0)) isNoticed();
  }
}

/** Ways in which editors and tools put new content into a file that may or may not be there. */
const SAVES: Record<string, (path: string, text: string) => void> = {
  "a plain write": (path, text) => writeFileSync(path, text),
  "a truncation and an append": (path, text) => {
    writeFileSync(path, "");
    truncateSync(path);
    appendFileSync(path, text);
  },
  "a temporary file renamed over it": (path, text) => {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  },
  "a temporary file of another directory renamed over it": (path, text) => {
    writeFileSync(`${dirname(path)}.tmp`, text);
    renameSync(`${dirname(path)}.tmp`, path);
  },
  "a backup by renaming, as vim makes it": (path, text) => {
    if (readable(path)) renameSync(path, `${path}~`);
    writeFileSync(path, text);
    rmSync(`${path}~`, { force: true });
  },
  "deleting and creating it": (path, text) => {
    rmSync(path, { force: true });
    writeFileSync(path, text);
  },
  "a hard link in its place": (path, text) => {
    rmSync(path, { force: true });
    writeFileSync(`${path}.other`, text);
    linkSync(`${path}.other`, path);
    unlinkSync(`${path}.other`);
  },
  "a symbolic link renamed over it": (path, text) => {
    const target = `${path}.${text}.target`;
    writeFileSync(target, text);
    symlinkSync(target, `${path}.link`);
    renameSync(`${path}.link`, path);
  },
};

interface Deferred<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
}

function defer<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve };
}

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

describe("a file is noticed that was saved by", () => {
  test.for(Object.entries(SAVES))("%s", async ([, save]) => {
    using watching = new Watching();
    watching.write("src/main.ts", "0");
    watching.watch("src/main.ts");
    for (const text of ["1", "2", "3"]) {
      const noticed = watching.noticed("src/main.ts", text);
      save(watching.path("src/main.ts"), text);
      await noticed;
    }
    expect(watching.errors).toEqual([]);
  });

  test.for(Object.entries(SAVES))("%s, where there was none", async ([, save]) => {
    using watching = new Watching();
    mkdirSync(watching.path("src"));
    watching.watch("src/main.ts");
    const noticed = watching.noticed("src/main.ts", "1");
    save(watching.path("src/main.ts"), "1");
    await noticed;
  });

  propertyTest.prop(
    [
      fc.array(fc.record({ style: fc.constantFrom(...Object.keys(SAVES)), pause: fc.nat(2) }), {
        minLength: 1,
        maxLength: 40,
      }),
    ],
    { numRuns: 30 },
  )("any of these after any other: the last content is told of", async (steps) => {
    using watching = new Watching();
    watching.write("src/main.ts", "before");
    watching.watch("src/main.ts");
    const noticed = watching.noticed("src/main.ts", String(steps.length - 1));
    for (const [number, { style, pause }] of steps.entries()) {
      SAVES[style]?.(watching.path("src/main.ts"), String(number));
      for (let turn = 0; turn < pause; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    await noticed;
  });

  test("two hundred saves at once: the last content is told of", async () => {
    using watching = new Watching();
    watching.write("src/main.ts", "before");
    watching.watch("src/main.ts");
    const noticed = watching.noticed("src/main.ts", "199");
    const styles = Object.values(SAVES);
    for (let number = 0; number < 200; number++) {
      styles[(number * 7) % styles.length]?.(watching.path("src/main.ts"), String(number));
    }
    await noticed;
  });
});

describe("links", () => {
  test("the content behind a link is noticed under the link's name", async () => {
    using watching = new Watching();
    watching.write("real/main.ts", "0");
    symlinkSync(watching.path("real/main.ts"), watching.path("main.ts"));
    watching.watch("main.ts");
    const noticed = watching.noticed("main.ts", "1");
    watching.write("real/main.ts", "1");
    await noticed;
  });

  test("a directory's link is switched, and the new directory is watched from then on", async () => {
    using watching = new Watching();
    watching.write("releases/1/main.ts", "one");
    watching.write("releases/2/main.ts", "two");
    symlinkSync("releases/1", watching.path("current"));
    watching.watch("current/main.ts");
    const switched = watching.noticed("current/main.ts", "two");
    symlinkSync("releases/2", watching.path("next"));
    renameSync(watching.path("next"), watching.path("current"));
    await switched;
    const saved = watching.noticed("current/main.ts", "two, saved");
    watching.write("releases/2/main.ts", "two, saved");
    await saved;
  });

  test("links that lead to each other do no harm, and are noticed when they lead elsewhere", async () => {
    using watching = new Watching();
    symlinkSync("b.ts", watching.path("a.ts"));
    symlinkSync("a.ts", watching.path("b.ts"));
    watching.watch("a.ts");
    const noticed = watching.noticed("a.ts", "1");
    SAVES["a temporary file renamed over it"]?.(watching.path("b.ts"), "1");
    await noticed;
  });
});

describe("directories", () => {
  test("a file in directories that are not there yet is noticed", async () => {
    using watching = new Watching();
    watching.watch("a/b/c/main.ts");
    const noticed = watching.noticed("a/b/c/main.ts", "1");
    watching.write("a/b/c/main.ts", "1");
    await noticed;
    const again = watching.noticed("a/b/c/main.ts", "2");
    watching.write("a/b/c/main.ts", "2");
    await again;
  });

  test.for([
    ["a directory that is deleted and made again", "src"],
    ["a directory further up that is deleted and made again", "."],
  ])("%s", async ([, deleted = ""]) => {
    using watching = new Watching();
    watching.write("project/src/main.ts", "0");
    watching.watch("project/src/main.ts");
    for (const text of ["1", "2"]) {
      const gone = watching.noticed("project/src/main.ts", undefined);
      rmSync(watching.path(join("project", deleted)), { recursive: true });
      await gone;
      const back = watching.noticed("project/src/main.ts", text);
      watching.write("project/src/main.ts", text);
      await back;
    }
  });

  test.for([
    ["a directory with a new one renamed into its place", "project/src"],
    ["a directory further up with a new one renamed into its place", "project"],
  ])("%s", async ([, moved = ""]) => {
    using watching = new Watching();
    watching.write("project/src/main.ts", "old");
    watching.write(join("new", "project/src/main.ts".slice(moved.length)), "new");
    watching.watch("project/src/main.ts");
    const switched = watching.noticed("project/src/main.ts", "new");
    renameSync(watching.path(moved), watching.path("old"));
    renameSync(watching.path("new"), watching.path(moved));
    await switched;
    const saved = watching.noticed("project/src/main.ts", "saved");
    watching.write("project/src/main.ts", "saved");
    await saved;
  });

  test("a directory that is replaced by a file and comes back", async () => {
    using watching = new Watching();
    watching.write("src/main.ts", "0");
    watching.watch("src/main.ts");
    const gone = watching.noticed("src/main.ts", undefined);
    rmSync(watching.path("src"), { recursive: true });
    writeFileSync(watching.path("src"), "a file");
    await gone;
    const back = watching.noticed("src/main.ts", "1");
    rmSync(watching.path("src"));
    watching.write("src/main.ts", "1");
    await back;
  });

  test("git checks out a branch without the file's directory, and then one with it", async () => {
    using watching = new Watching();
    const git = (...args: string[]): void => {
      const { status, stderr } = spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
        cwd: watching.directory,
        encoding: "utf8",
      });
      expect(status, stderr).toBe(0);
    };
    watching.write("README", "");
    git("init", "-q", "-b", "without");
    git("add", ".");
    git("commit", "-q", "-m", "without");
    git("checkout", "-q", "-b", "with");
    watching.write("ext/lib/main.ts", "on the branch");
    git("add", ".");
    git("commit", "-q", "-m", "with");
    watching.watch("ext/lib/main.ts");
    const gone = watching.noticed("ext/lib/main.ts", undefined);
    git("checkout", "-q", "without");
    await gone;
    const back = watching.noticed("ext/lib/main.ts", "on the branch");
    git("checkout", "-q", "with");
    await back;
  });
});

describe("what is told", () => {
  test("nothing of a file's neighbours", async () => {
    using watching = new Watching();
    watching.write("main.ts", "0");
    watching.watch("main.ts");
    watching.write("other.ts", "1");
    watching.write("main.ts.tmp", "1");
    const noticed = watching.noticed("main.ts", "1");
    watching.write("main.ts", "1");
    await noticed;
    expect(new Set(watching.told)).toEqual(new Set([watching.path("main.ts")]));
  });

  test("two watchers of one directory hear of their own files, and of the one they share", async () => {
    using watching = new Watching();
    const heard: [string[], string[]] = [[], []];
    const both = ["shared.ts", "end.ts"];
    const end = new Promise<void>((resolve) => {
      const hear = (list: string[]) => (path: string) => {
        list.push(path.slice(watching.directory.length + 1));
        if (heard.every((names) => names.includes("end.ts"))) resolve();
      };
      for (const [index, list] of heard.entries()) {
        watching.watcher.watch(
          [`${index}.ts`, ...both].map((name) => watching.path(name)),
          hear(list),
        );
      }
    });
    for (const name of ["0.ts", "1.ts", "shared.ts", "end.ts"]) watching.write(name, "");
    await end;
    expect([...new Set(heard[0])]).toEqual(["0.ts", "shared.ts", "end.ts"]);
    expect([...new Set(heard[1])]).toEqual(["1.ts", "shared.ts", "end.ts"]);
  });

  test("after an update, changes of the new files, and none of those left out", async () => {
    using watching = new Watching();
    const told: string[] = [];
    const end = defer<void>();
    const files = watching.watcher.watch([watching.path("a/one.ts")], (path) => {
      told.push(path.slice(watching.directory.length + 1));
      if (path.endsWith("two.ts")) end.resolve();
    });
    watching.write("a/gone.ts", "");
    files.update([watching.path("a/two.ts")]);
    watching.write("a/one.ts", "");
    watching.write("a/two.ts", "");
    await end.promise;
    files.close();
    expect(new Set(told)).toEqual(new Set(["a/two.ts"]));
  });

  test("of new files, those that changed since the time given", async () => {
    using watching = new Watching();
    const since = Date.now();
    const changed = watching.write("changed.ts", "");
    const told = defer<void>();
    const files = watching.watcher.watch([], (path) => path === changed && told.resolve());
    files.update([changed, watching.path("missing.ts")], { since });
    await told.promise;
    files.close();
  });

  test("nothing after closing, and no handle is left", async () => {
    const open = new Set<FSWatcher>();
    using watching = new Watching({
      watchDirectory: (path, listener) => {
        const watcher = watchFs(path, listener);
        open.add(watcher);
        watcher.once("close", () => open.delete(watcher));
        return watcher;
      },
    });
    const files = watching.watcher.watch([watching.path("a/b.ts"), watching.write("c.ts", "")], (path) =>
      watching.told.push(path),
    );
    expect(open.size).toBeGreaterThan(0);
    files.close();
    watching.write("c.ts", "1");
    // The handles tell of their end one turn later.
    await new Promise((resolve) => setImmediate(resolve));
    expect(open.size).toBe(0);
    expect(watching.told).toEqual([]);
  });

  test("fifty files of one directory take one handle", () => {
    const watched: string[] = [];
    using watching = new Watching({
      watchDirectory: (path, listener) => {
        watched.push(path);
        return watchFs(path, listener);
      },
    });
    watching.watch(...Array.from({ length: 50 }, (_, index) => `${index}.ts`));
    expect(watched.filter((path) => path === watching.directory)).toHaveLength(1);
  });
});

describe("what can't be watched", () => {
  const limits: [string, RegExp][] = [
    ["ENOSPC", /max_user_watches/],
    ["EMFILE", /max_user_instances/],
  ];

  test.for(limits)(
    "the limit %s is told once, with what to do, and tried again on the next update",
    async ([code, words]) => {
      let isFull = true;
      using watching = new Watching({
        watchDirectory: (path, listener) => {
          if (isFull) throw Object.assign(new Error(`${code}: limit`), { code });
          return watchFs(path, listener);
        },
      });
      const paths = ["a/1.ts", "b/2.ts"].map((name) => watching.write(name, "0"));
      const told = defer<string>();
      const files = watching.watcher.watch(paths, (path) => path === paths[1] && told.resolve(path));
      expect(watching.errors).toMatchObject([
        { code: "watch-failed", message: expect.stringMatching(words) as string },
      ]);
      isFull = false;
      files.update(paths);
      watching.write("b/2.ts", "1");
      expect(await told.promise).toBe(paths[1]);
      expect(watching.errors).toHaveLength(1);
      files.close();
    },
  );

  test("a directory that may not be read and holds a file is told of", () => {
    using watching = new Watching({
      watchDirectory: (path, listener) => {
        if (path.includes("closed")) throw Object.assign(new Error("EACCES: closed"), { code: "EACCES" });
        return watchFs(path, listener);
      },
    });
    watching.write("closed/main.ts", "");
    watching.watch("closed/main.ts");
    expect(watching.errors).toMatchObject([
      { code: "watch-failed", message: expect.stringContaining("closed can't") as string },
    ]);
  });

  test("a directory on the way that may not be read is nobody's trouble", async () => {
    using watching = new Watching({
      watchDirectory: (path, listener) => {
        if (path === watching.path("closed")) throw Object.assign(new Error("EACCES: closed"), { code: "EACCES" });
        return watchFs(path, listener);
      },
    });
    watching.write("closed/open/main.ts", "0");
    watching.watch("closed/open/main.ts");
    const noticed = watching.noticed("closed/open/main.ts", "1");
    watching.write("closed/open/main.ts", "1");
    await noticed;
    expect(watching.errors).toEqual([]);
  });
});

describe("the files of a source", () => {
  const builder = { inputsOf: (entry: string) => [entry, join(dirname(entry), "lib.ts")] };

  async function filesOf(
    watching: Watching,
    source: Parameters<typeof watchedFilesOf>[0]["source"],
  ): Promise<string[]> {
    const files = await watchedFilesOf({
      source,
      cwd: watching.directory,
      runner: runnerPath(),
      builder,
      python: builder,
      rust: builder,
    });
    return files.map((path) => path.slice(watching.directory.length + 1));
  }

  test("a file's are what its build read, the nearest manifest and its lockfiles", async () => {
    using watching = new Watching();
    watching.write("package.json", "{}");
    watching.write("src/main.ts", "");
    expect(await filesOf(watching, "src/main.ts")).toEqual([
      "src/main.ts",
      "src/lib.ts",
      "package.json",
      "package-lock.json",
      "pnpm-lock.yaml",
      "yarn.lock",
      "bun.lock",
    ]);
  });

  test("a directory's are its manifest and its main, also while that is missing", async () => {
    using watching = new Watching();
    watching.write("ext/package.json", '{ "tau": { "main": "./src/main.ts" } }');
    expect(await filesOf(watching, "ext")).toEqual(["ext", "ext/package.json", "ext/src/main.ts"]);
    watching.write("ext/src/main.ts", "");
    expect(await filesOf(watching, "ext")).toContain("ext/src/lib.ts");
  });

  test("a source that is not there is watched for", async () => {
    using watching = new Watching();
    expect(await filesOf(watching, "gone.ts")).toEqual(["gone.ts"]);
    expect(await filesOf(watching, "gone")).toEqual(["gone", "gone/package.json"]);
  });

  test("a link's are the link and what it points to", async () => {
    using watching = new Watching();
    watching.write("real.ts", "");
    symlinkSync("real.ts", watching.path("link.ts"));
    expect(await filesOf(watching, "link.ts")).toEqual(["link.ts", "real.ts", "lib.ts"]);
  });

  test("a command's are its program, where that is a path, and its script", async () => {
    using watching = new Watching();
    expect(await filesOf(watching, { command: ["python3", "-u", "./weather.py", "https://example.org/x"] })).toEqual([
      "weather.py",
    ]);
    expect(await filesOf(watching, { command: ["./bin/weather"] })).toEqual(["bin/weather"]);
  });
});

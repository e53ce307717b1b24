import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ExtensionApi } from "tau-ext";

const run = promisify(execFile);
const REFS = "refs/tau/checkpoints";
const AUTHOR = {
  GIT_AUTHOR_NAME: "tau",
  GIT_AUTHOR_EMAIL: "tau@localhost",
  GIT_COMMITTER_NAME: "tau",
  GIT_COMMITTER_EMAIL: "tau@localhost",
};

export default function setup(api: ExtensionApi) {
  const git = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
    const { stdout } = await run("git", args, { cwd: api.cwd, env: { ...process.env, ...AUTHOR, ...env } });
    return stdout.trim();
  };

  /** Answers the checkpoint of the present files: the last one, where nothing has changed. */
  async function keep(reason: string): Promise<string> {
    const [last] = await list();
    const folder = await mkdtemp(join(tmpdir(), "tau-checkpoint-"));
    try {
      // An index of its own: the user's stays as it is.
      const index = { GIT_INDEX_FILE: join(folder, "index") };
      await git(["add", "--all", "--", ":/"], index);
      const tree = await git(["write-tree"], index);
      if (last?.tree === tree) return last.ref;
      const commit = await git(["commit-tree", tree, "-m", reason]);
      const ref = `${REFS}/${String(Date.now()).padStart(14, "0")}-${commit.slice(0, 7)}`;
      await git(["update-ref", ref, commit]);
      return ref;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Newest first. */
  async function list(): Promise<{ ref: string; tree: string; label: string }[]> {
    const format = "%(refname)%09%(tree)%09%(committerdate:format:%H:%M:%S)  %(subject)";
    const lines = await git(["for-each-ref", "--sort=-refname", `--format=${format}`, REFS]);
    return lines.split("\n").flatMap((line) => {
      const [ref, tree, label] = line.split("\t");
      return ref === undefined || tree === undefined || label === undefined ? [] : [{ ref, tree, label }];
    });
  }

  let prompt = "a turn";
  api.on("agent_start", (event) => void (prompt = event.prompt.split("\n", 1)[0] ?? prompt));
  api.on("context", async (_, { log }) => {
    // One turn after the other: nobody else writes these refs.
    await keep(`before: ${prompt}`).catch((error: Error) => log.warn(`No checkpoint: ${error.message}`));
  });

  api.registerCommand({
    name: "rewind",
    description: "brings back the files as they were before a turn",
    async execute(_, { ui }) {
      const checkpoints = await list();
      const choices = checkpoints.slice(0, 50).map(({ ref, label }) => ({ value: ref, label }));
      if (choices.length === 0) return ui.notify("There is no checkpoint yet.");
      const chosen = await ui.select("Bring back which files?", choices);
      if (chosen === undefined) return undefined;
      await keep("before /rewind");
      const top = await git(["rev-parse", "--show-toplevel"]);
      await git(["-C", top, "restore", `--source=${chosen}`, "--worktree", "--", "."]);
      return ui.notify("The files are back. What they replaced is a checkpoint, too.");
    },
  });
}

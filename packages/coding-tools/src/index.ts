/**
 * tau-coding-tools: read, write, edit, bash, grep, find and ls, as an extension like any other. Load the package for all of them, or
 * call single `add…` functions from an extension of your own.
 */
import type { ExtensionApi } from "tau-ext";
import { addBash } from "./bash/bash.ts";
import { chooseTools, type ToolName } from "./choose.ts";
import { addEdit } from "./edit/edit.ts";
import { addFind } from "./find.ts";
import { addGrep } from "./grep/grep.ts";
import { addLs } from "./ls.ts";
import { addRead } from "./read/read.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";
import { addWrite } from "./write.ts";

const ADD: Record<ToolName, (api: ExtensionApi, workspace: Workspace) => void> = {
  read: addRead,
  write: addWrite,
  edit: addEdit,
  bash: addBash,
  grep: addGrep,
  find: addFind,
  ls: addLs,
};

/**
 * Offers the tools that the settings choose: `{ "tools": ["read", "grep"] }` offers these, `{ "except": ["bash"] }` all but this one.
 * @throws Error for a setting that names no tool
 */
export default function setup(api: ExtensionApi): void {
  const workspace = openWorkspace({ cwd: api.cwd, environment: process.env });
  for (const name of chooseTools(api.config)) ADD[name](api, workspace);
}

export { addBash, addEdit, addFind, addGrep, addLs, addRead, addWrite };
export { chooseTools, TOOL_NAMES, type ToolName } from "./choose.ts";
export { openWorkspace, type Workspace } from "./workspace.ts";

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { readAskedPermissions } from "tau-host";
import { runCommand, type TauContext } from "../context.ts";
import { tauHome } from "../discovery/places.ts";
import { CliError, EXIT_CODES, wrongUsage } from "../errors.ts";
import { linesOf, missingFrom, type PermissionLines } from "../grants/compare.ts";
import { type Grant, GrantStore } from "../grants/grant-store.ts";
import { pathOf } from "../grants/granted-permissions.ts";
import { fingerprint } from "../trust/fingerprint.ts";

export interface GrantFlags {
  readonly yes?: boolean;
  readonly revoke?: boolean;
}

/** `tau ext grant`: what an extension asks to reach in a sandbox, what of it is new, and the user's yes to it. */
export default async function grant(this: TauContext, { yes, revoke }: GrantFlags, source: string): Promise<void> {
  const { terminal, process } = this;
  await runCommand(this, async () => {
    if (yes === true && revoke === true) throw wrongUsage("Expected --yes or --revoke, got both.");
    const cwd = globalThis.process.cwd();
    const path = await pathOf(source, cwd);
    const store = new GrantStore(tauHome(process.env));
    if (revoke === true) {
      await store.grant(path, undefined);
      terminal.print(`${path} has no permissions any more.`);
      return;
    }
    const content = await hashOf(path);
    const asked = linesOf(await readAskedPermissions(source, cwd), cwd);
    const before = await store.granted(path);
    terminal.print(describe(path, asked, before, content));
    if (missingFrom(before?.permissions ?? [], asked).length === 0) return;
    if (yes === true) {
      await store.grant(path, { permissions: asked, content, at: new Date().toISOString() });
      terminal.print("Granted.");
    } else {
      terminal.note("Nothing was granted. Run it again with --yes to grant it.");
      this.exitCode = EXIT_CODES.failed;
    }
  });
}

function describe(path: string, asked: PermissionLines, before: Grant | undefined, content: string): string {
  if (asked.length === 0) return `${path} asks for nothing.`;
  const granted = before?.permissions ?? [];
  const isNew = new Set(missingFrom(granted, asked));
  const gone = before === undefined ? [] : missingFrom(asked, granted);
  const changed = before === undefined || before.content === content ? "" : ` It has changed since ${before.at}.`;
  return [
    `${path} asks for:${changed}`,
    ...asked.map((line) => `${isNew.has(line) ? "+" : " "} ${line}`),
    ...gone.map((line) => `- ${line}`),
  ].join("\n");
}

/** @throws CliError where there is nothing */
async function hashOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new CliError(`Expected an extension at ${path}, found nothing there. Check the path.`);
  const text = info.isDirectory() ? JSON.stringify(await fingerprint(path)) : await readFile(path);
  return createHash("sha256").update(text).digest("hex");
}

import { execFileSync } from "node:child_process";

/** Why no sandbox can be made here, in one line; `undefined` where one can. */
export const missingSandbox = whatIsMissing();

function whatIsMissing(): string | undefined {
  try {
    const args = ["--unshare-all", "--unshare-user", "--disable-userns", "--ro-bind", "/", "/", "true"];
    execFileSync("bwrap", args, { stdio: "pipe" });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    return code === "ENOENT" ? "bwrap is not installed (apt install bubblewrap)." : String(stderr).trim();
  }
}

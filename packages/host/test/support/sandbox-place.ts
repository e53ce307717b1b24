import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { HostOptions } from "tau-host";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** Folders of which a sandboxed extension is granted some, and a secret that lies in none of these. */
export class SandboxPlace implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "tau-sandbox-"));
  readonly outside = this.#make("outside");
  readonly granted = this.#make("granted");
  readonly readable = this.#make("readable");
  readonly secret = join(this.outside, "secret.txt");
  readonly permissions = { files: { read: [this.readable], write: [this.granted] } };

  constructor() {
    writeFileSync(this.secret, "the secret");
    writeFileSync(join(this.readable, "open.txt"), "for all to read");
    symlinkSync(this.secretFromGranted, join(this.granted, "relative-link"));
    symlinkSync(this.secret, join(this.granted, "absolute-link"));
  }

  get secretFromGranted(): string {
    return relative(this.granted, this.secret);
  }

  /** The extension that tries to get out, as `escapes`. */
  async openEscaping(isolation: "process" | "sandbox", options: HostOptions = {}): Promise<Workspace> {
    const workspace = await openWorkspace(options);
    const own = join(workspace.copy("escapes"), "index.mjs");
    const confined = isolation === "sandbox" ? { permissions: this.permissions } : {};
    await workspace.load(own, { id: "escapes", isolation, ...confined });
    return workspace;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #make(name: string): string {
    const folder = join(this.path, name);
    mkdirSync(folder);
    return folder;
  }
}

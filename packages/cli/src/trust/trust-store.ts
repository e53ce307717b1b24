import { join } from "node:path";
import { isRecord, readPrivateJson, writePrivateJson } from "../private-json.ts";
import type { Fingerprint } from "./fingerprint.ts";

type Trusted = Record<string, { files: Fingerprint; at: string }>;

/** Which projects' extensions the user lets run, as they were when the user said so. */
export class TrustStore {
  readonly #path: string;

  constructor(home: string) {
    this.#path = join(home, "trust.json");
  }

  /** What was trusted of a folder. @throws TauError `invalid-option` for a file that can't be read: nothing is trusted by accident */
  async trusted(folder: string): Promise<Fingerprint | undefined> {
    const all = await this.#read();
    return Object.hasOwn(all, folder) ? all[folder]?.files : undefined;
  }

  async trust(folder: string, files: Fingerprint): Promise<void> {
    const all = { ...(await this.#read()), [folder]: { files, at: new Date().toISOString() } };
    await writePrivateJson(this.#path, all);
  }

  #read(): Promise<Trusted> {
    const isRight = (value: unknown): value is Trusted => isRecord(value);
    return readPrivateJson({ path: this.#path, isRight, about: "which folders you trust" });
  }
}

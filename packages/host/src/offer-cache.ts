import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { JsonObject } from "tau-protocol";
import { sha256 } from "./build/hash.ts";
import type { Offer } from "./hello-result.ts";
import { HOST_VERSION } from "./host-version.ts";
import type { StartPlan } from "./plan.ts";

/** What an offer may depend on, beside the host's version. */
export interface OfferSubject {
  plan: StartPlan;
  config: JsonObject;
  cwd: string;
}

interface StoredOffer extends Omit<Offer, "events"> {
  events: string[];
}

/** What extensions offered when they last ran, by the hash of their content, so that they need not run to offer it. */
export class OfferCache {
  readonly #directory: string;
  #writes = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `undefined` for one that has never run, and for commands: what stands behind them has no hash. */
  async read(subject: OfferSubject): Promise<Offer | undefined> {
    const path = this.#pathOf(subject);
    if (path === undefined) return undefined;
    // Not there, cut short or damaged: all of it means "start it and see".
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const stored = JSON.parse(text) as StoredOffer;
      return { ...stored, events: new Set(stored.events) };
    } catch {
      return undefined;
    }
  }

  async write(subject: OfferSubject, offer: Offer): Promise<void> {
    const path = this.#pathOf(subject);
    if (path === undefined) return;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.${++this.#writes}.tmp`;
    await writeFile(temporary, JSON.stringify({ ...offer, events: [...offer.events] } satisfies StoredOffer), {
      mode: 0o600,
    });
    await rename(temporary, path);
  }

  /** A bundle's name is the hash of its content; the environment holds what the extension was granted. */
  #pathOf({ plan, config, cwd }: OfferSubject): string | undefined {
    if (plan.bundle === undefined) return undefined;
    const key = sha256(JSON.stringify([HOST_VERSION, plan.bundle, plan.launch.env, config, cwd]));
    return join(this.#directory, `${key.slice(0, 32)}.json`);
  }
}

import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { JsonObject } from "tau-protocol";
import { sha256 } from "./build/hash.ts";
import type { Offer } from "./hello-result.ts";
import { HOST_VERSION } from "./host-version.ts";
import type { StartPlan } from "./plan.ts";

/** What an offer may depend on, beside the host's version. */
export interface OfferSubject {
  extensionId: string;
  plan: StartPlan;
  config: JsonObject;
  flags: Readonly<JsonObject>;
  cwd: string;
}

interface StoredOffer extends Omit<Offer, "events"> {
  events: string[];
}

const HASH_LENGTH = 32;

/** What extensions offered when they last ran, by the hash of their content, so that they need not run to offer it. */
export class OfferCache {
  readonly #directory: string;
  #writes = 0;
  /** One after the other, so that the latest offer is the one that stays. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `undefined` for one that has never run, and for commands: what stands behind them has no hash. */
  read(subject: OfferSubject): Offer | undefined {
    const path = this.#pathOf(subject);
    if (path === undefined) return undefined;
    const text = readSmall(path);
    if (text === undefined) return undefined;
    const json = text.slice(HASH_LENGTH + 1);
    if (text !== sealed(json)) return undefined;
    const stored = JSON.parse(json) as StoredOffer;
    return { ...stored, events: new Set(stored.events) };
  }

  /** A moment later: whoever waits for the start, and then for a first answer, comes first. */
  write(subject: OfferSubject, offer: Offer): Promise<void> {
    const path = this.#pathOf(subject);
    if (path === undefined) return Promise.resolve();
    const written = this.#writing.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const text = sealed(JSON.stringify({ ...offer, events: [...offer.events] } satisfies StoredOffer));
      if (readSmall(path) !== text) await this.#replace(path, text);
    });
    // Whoever asked for it is told of a failure. The next one is written all the same.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Resolves when everything has been written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #replace(path: string, text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.${++this.#writes}.tmp`;
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  }

  /** A bundle's name is the hash of its content; the environment holds what the extension was granted. */
  #pathOf({ extensionId, plan, config, flags, cwd }: OfferSubject): string | undefined {
    if (plan.bundle === undefined) return undefined;
    const key = sha256(JSON.stringify([HOST_VERSION, extensionId, plan.bundle, plan.launch.env, config, flags, cwd]));
    return join(this.#directory, `${key.slice(0, 32)}.json`);
  }
}

/**
 * Read at once: dozens of extensions are looked up when an agent starts, and a thread takes ten times as long for a file of this size.
 * Not there, cut short or damaged: all of it means "start it and see".
 */
function readSmall(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The hash before the text tells whether all of it is there, and nothing else. */
function sealed(json: string): string {
  return `${sha256(json).slice(0, HASH_LENGTH)}\n${json}`;
}

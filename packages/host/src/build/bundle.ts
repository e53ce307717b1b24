import { resolve } from "node:path";
import {
  build as esbuild,
  type BuildContext,
  type BuildOptions,
  context as createContext,
  type Message,
  type Metafile,
  type Plugin,
} from "esbuild";
import type { Diagnostic } from "tau-protocol";
import { toDiagnostic } from "./diagnostics.ts";
import type { Import } from "./imports.ts";
import type { BuildTarget } from "./messages.ts";
import {
  asksForPlace,
  namesNative,
  nativePlugin,
  notePlugin,
  PLACE_DEFINES,
  placePlugin,
  type SdkFiles,
  sdkPlugin,
} from "./plugins.ts";

/** What was read, and what it imports from elsewhere. */
export interface Reading {
  sources: string[];
  imports: Import[];
}

export interface Bundled extends Reading {
  kind: "bundled";
  code: string;
  map: string;
  format: Format;
}

export type BundleResult =
  | Bundled
  | ({ kind: "failed"; diagnostics: Diagnostic[] } & Reading)
  /** Given up. */
  | { kind: "cancelled" };

export interface BundleOptions {
  entry: string;
  target: BuildTarget;
  directory: string;
  /** What `import … from "tau-ext"` means, by import path. */
  sdk: SdkFiles;
}

type Format = "cjs" | "esm";

interface Written {
  kind: "written";
  code: string;
  map: string;
  metafile: Metafile;
}

/** One try: what the bundler wrote, or its complaints. */
type Attempt = Written | { kind: "errors"; errors: Message[] };

/**
 * Makes one file out of an extension's sources and the packages they use, again and again: what has not changed since the last
 * time is not parsed again. CommonJS where possible, because it starts faster; an ES module where a top-level await needs it.
 */
export class Bundler {
  readonly #options: BundleOptions;
  readonly #contexts = new Map<Format, Promise<BuildContext>>();
  /** The last bundle had a top-level await, a module that asks for its place, or a native one: the next one most likely has it, too. */
  #awaits = false;
  #places = false;
  #natives = false;
  #cancelled = false;

  constructor(options: BundleOptions) {
    this.#options = options;
  }

  /** Not twice at a time. */
  async bundle(): Promise<BundleResult> {
    this.#cancelled = false;
    // As CommonJS first, also where the last one could not be: nobody should see from a bundle what was built before it.
    const [first, second] = await Promise.all([this.#try("cjs"), this.#awaits ? this.#try("esm") : undefined]);
    if (first.kind === "written") {
      this.#awaits = false;
      return this.#finish(first, "cjs");
    }
    if (this.#cancelled) return { kind: "cancelled" };
    if (!this.#natives && first.errors.some(({ text }) => namesNative(text))) {
      this.#natives = true;
      return this.#again();
    }
    if (!first.errors.some(({ text }) => text.startsWith("Top-level await"))) return this.#explain("cjs");
    this.#awaits = true;
    const esm = second ?? (await this.#try("esm"));
    return esm.kind === "written" ? this.#finish(esm, "esm") : this.#explain("esm");
  }

  /** Ends a `bundle()` early. */
  async cancel(): Promise<void> {
    this.#cancelled = true;
    for (const context of this.#contexts.values()) await (await context).cancel();
  }

  /** Forgets what was read. */
  async reset(): Promise<void> {
    const contexts = [...this.#contexts.values()];
    this.#contexts.clear();
    for (const context of contexts) await (await context).dispose();
  }

  async #try(format: Format): Promise<Attempt> {
    const known = this.#contexts.get(format) ?? createContext(this.#fastOptions(format));
    this.#contexts.set(format, known);
    return attempt(async () => (await known).rebuild());
  }

  #fastOptions(format: Format): BuildOptions {
    // Only those that are needed: with any, the bundler asks this process at each build whether it may begin.
    const plugins = [...(this.#places ? [placePlugin()] : []), ...(this.#natives ? [nativePlugin()] : [])];
    return { ...buildOptions(this.#options, format, plugins), alias: { ...this.#options.sdk } };
  }

  async #finish(written: Written, format: Format): Promise<BundleResult> {
    const places = this.#places || asksForPlace(written.code);
    const natives = this.#natives || namesNative(written.code);
    if (places === this.#places && natives === this.#natives) return this.#toBundled(written, format);
    this.#places = places;
    this.#natives = natives;
    return this.#again();
  }

  async #again(): Promise<BundleResult> {
    await this.reset();
    return this.bundle();
  }

  #toBundled({ code, map, metafile }: Written, format: Format): Bundled {
    return { kind: "bundled", code, map, format, ...this.#readingOf(metafile) };
  }

  #readingOf({ inputs }: Metafile): Reading {
    const { directory, sdk } = this.#options;
    const imports = Object.entries(inputs).flatMap(([path, input]) =>
      input.imports.flatMap(({ original, external }) =>
        original === undefined || external === true || original in sdk
          ? []
          : [{ from: resolve(directory, path), specifier: original }],
      ),
    );
    return { sources: Object.keys(inputs).map((path) => resolve(directory, path)), imports };
  }

  /** The complaints of a build that takes longer and tells more: which files it read, and better words. */
  async #explain(format: Format): Promise<BundleResult> {
    const { entry, target, directory, sdk } = this.#options;
    const files = new Set([entry]);
    const plugins = [notePlugin(files), sdkPlugin(sdk), placePlugin(), nativePlugin()];
    const result = await attempt(() => esbuild(buildOptions(this.#options, format, plugins)));
    // Somebody has mended it meanwhile.
    if (result.kind === "written") return this.#toBundled(result, format);
    const diagnostics = result.errors.map((message) => toDiagnostic(message, { directory, target }));
    const imports = result.errors.flatMap(({ text, location }) => {
      const [, specifier] = /^Could not resolve "([^"]+)"/.exec(text) ?? [];
      return specifier === undefined || location === null
        ? []
        : [{ from: resolve(directory, location.file), specifier }];
    });
    return { kind: "failed", diagnostics, sources: [...files], imports };
  }
}

async function attempt(run: () => ReturnType<BuildContext["rebuild"]>): Promise<Attempt> {
  try {
    const { outputFiles = [], metafile } = await run();
    const [map, code] = [".map", "js"].map((end) => outputFiles.find((file) => file.path.endsWith(end)));
    if (code === undefined || map === undefined || metafile === undefined)
      throw new Error("The bundler answered no code.");
    return { kind: "written", code: code.text, map: map.text, metafile };
  } catch (error) {
    const { errors } = error as { errors?: Message[] };
    if (errors === undefined) throw error;
    return { kind: "errors", errors };
  }
}

function buildOptions({ entry, target, directory }: BundleOptions, format: Format, plugins: Plugin[]): BuildOptions {
  return {
    entryPoints: [entry],
    absWorkingDir: directory,
    outfile: resolve(directory, "bundle.js"),
    bundle: true,
    write: false,
    metafile: true,
    ...PLATFORMS[target],
    format,
    sourcemap: "external",
    sourcesContent: false,
    legalComments: "none",
    logLevel: "silent",
    keepNames: true,
    define: { ...PLACE_DEFINES },
    ...(format === "esm" && target === "node" ? { banner: { js: ESM_REQUIRE } } : {}),
    plugins,
  };
}

const PLATFORMS: Readonly<Record<BuildTarget, BuildOptions>> = {
  // What Node 20 does not run yet, decorators above all, is rewritten.
  node: { platform: "node", target: "node20" },
  guest: {
    platform: "neutral",
    target: "es2023",
    // What packages offer for where there is no Node.
    mainFields: ["browser", "module", "main"],
    conditions: ["worker", "browser"],
  },
};

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const ESM_REQUIRE = `import { createRequire as __tauCreateRequire } from "node:module"; const require = __tauCreateRequire(import.meta.url);`;

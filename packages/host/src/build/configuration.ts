import { dirname, join, resolve, sep } from "node:path";
import { readRegular } from "../read-regular.ts";

/**
 * Files that are not bundled and still decide what the bundle is: the `package.json` and `tsconfig.json` of each directory that
 * holds a source, upwards to the first that is there. Those that are not there yet are named too: they would count.
 */
export async function configurationOf(sources: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  // The bundler takes no configuration from packages.
  const own = sources.filter((path) => !path.includes(`${sep}node_modules${sep}`));
  for (const directory of new Set(own.map((path) => dirname(path)))) {
    await addNearest("package.json", directory, found);
    await addNearest("tsconfig.json", directory, found);
  }
  return [...found];
}

async function addNearest(name: string, start: string, found: Set<string>): Promise<void> {
  for (let directory = start; ; directory = dirname(directory)) {
    const file = join(directory, name);
    if (found.has(file)) return;
    const text = await addFile(file, found);
    if (text !== undefined && name === "tsconfig.json") await addExtended(file, text, found);
    if (text !== undefined || directory === dirname(directory)) return;
  }
}

async function addFile(file: string, found: Set<string>): Promise<string | undefined> {
  found.add(file);
  return readRegular(file).catch(() => undefined);
}

/** Only what lies in files of the author's own: the base configurations of packages change with the package. */
async function addExtended(file: string, text: string, found: Set<string>): Promise<void> {
  for (const name of extendedBy(text)) {
    const path = resolve(dirname(file), name.endsWith(".json") ? name : `${name}.json`);
    if (found.has(path)) continue;
    const inner = await addFile(path, found);
    if (inner !== undefined) await addExtended(path, inner, found);
  }
}

/** By its looks: a tsconfig.json may hold comments, and a name too many does no harm. */
function extendedBy(text: string): string[] {
  const [, value = ""] = /"extends"\s*:\s*("[^"]*"|\[[^\]]*\])/.exec(text) ?? [];
  return [...value.matchAll(/"([^"]*)"/g)].map(([, name = ""]) => name).filter((name) => /^[./]/.test(name));
}

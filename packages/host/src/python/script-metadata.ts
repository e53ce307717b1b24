import { TauError } from "tau-protocol";

/** What a script says it needs. */
export interface ScriptMetadata {
  /** As in `>=3.11`. */
  requiresPython: string | undefined;
  /** As pip takes them: `requests>=2`. */
  dependencies: string[];
}

/** A comment block named `script`. Source: https://peps.python.org/pep-0723/#specification */
const BLOCK = /^# \/\/\/ script$\s((?:^#(?:| .*)$\s)+)^# \/\/\/$/gm;

/**
 * The inline metadata of a Python file; nothing needed where it has none.
 * @throws TauError `build-failed`
 */
export async function readScriptMetadata(file: string, source: string): Promise<ScriptMetadata> {
  const blocks = [...source.replaceAll("\r\n", "\n").matchAll(BLOCK)];
  const [block] = blocks;
  if (block === undefined) return { requiresPython: undefined, dependencies: [] };
  if (blocks.length > 1) throw refuse(file, `Expected one \`# /// script\` block, got ${blocks.length}.`);
  const text = (block[1] ?? "")
    .split("\n")
    .map((line) => line.replace(/^# ?/, ""))
    .join("\n");
  const { "requires-python": requiresPython, dependencies = [] } = await parse(file, text);
  if (requiresPython !== undefined && typeof requiresPython !== "string") {
    throw refuse(file, `Expected \`requires-python\` to be a text such as ">=3.11".`);
  }
  if (!Array.isArray(dependencies) || !dependencies.every(isDependency)) {
    throw refuse(
      file,
      `Expected \`dependencies\` to be a list such as ["requests>=2"], got ${JSON.stringify(dependencies)}.`,
    );
  }
  return { requiresPython, dependencies };
}

/** Loaded only here: few extensions have such a block. */
async function parse(file: string, text: string): Promise<Record<string, unknown>> {
  const { parse: parseToml } = await import("smol-toml");
  try {
    return parseToml(text);
  } catch (error) {
    throw refuse(file, `Expected TOML in its \`# /// script\` block: ${(error as Error).message}`);
  }
}

/** Something that begins like an option would be one to pip. */
function isDependency(value: unknown): value is string {
  return typeof value === "string" && /^\s*[A-Za-z0-9]/.test(value);
}

function refuse(file: string, message: string): TauError {
  const diagnostics = [{ severity: "error", message, file }] as const;
  return new TauError("build-failed", `${file}: ${message}`, { phase: "build", executed: "no", diagnostics });
}

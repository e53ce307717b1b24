import { dirname } from "node:path";
import { build, type Message } from "esbuild";
import { buildError, toDiagnostic } from "../build/diagnostics.ts";

/**
 * One ES module of a source and what it imports, for the maker of components. The host's interface stays an import.
 * @throws TauError `build-failed` with diagnostics
 */
export async function bundleForComponent(entry: string): Promise<string> {
  const directory = dirname(entry);
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      absWorkingDir: directory,
      bundle: true,
      write: false,
      platform: "neutral",
      target: "es2023",
      format: "esm",
      mainFields: ["browser", "module", "main"],
      external: ["tau:ext/*"],
      legalComments: "none",
      logLevel: "silent",
    });
    return outputFiles[0]?.text ?? "";
  } catch (error) {
    const { errors } = error as { errors?: Message[] };
    if (errors === undefined) throw error;
    const place = { directory, target: "guest" } as const;
    throw buildError(
      entry,
      errors.map((message) => toDiagnostic(message, place)),
    );
  }
}

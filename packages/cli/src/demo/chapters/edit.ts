import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatDiagnostic, isTauError, type TauError } from "tau-host";
import { textOf } from "../../print-result.ts";
import { copyExample, countProcesses, type Stage } from "../stage.ts";

const ID = "unit-convert";

export async function editWhileRunning(stage: Stage): Promise<void> {
  const { host, narrator } = stage;
  narrator.chapter(
    "An edit while it runs",
    "A new version starts beside the old one and takes over when it is ready. An edit that",
    "does not build changes nothing. (This is a copy; the tour edits no file of yours.)",
  );
  const copy = await copyExample(ID, stage);
  await host.unload(ID);
  const { generation: first } = await host.load(copy, { id: ID });
  const before = await convert(stage);
  narrator.line(`version ${first} says`, before);

  const file = join(copy, "unit-convert.ts");
  await edit(stage, file, ["maximumFractionDigits: 2", "maximumFractionDigits: 0"]);
  const { generation: second } = await host.reload(ID);
  const after = await convert(stage);
  narrator.line(`version ${second} says`, after);
  narrator.expect(second === first + 1, "the version counts up by one", { first, second });
  narrator.expect(before === "8849 m = 29,032.15 ft", "the first version answers with two digits", before);
  narrator.expect(after === "8849 m = 29,032 ft", "the second version answers as its source now says", after);
  countProcesses(stage);

  await edit(stage, file, ["const format = new", "const format = = new"]);
  const error = await failedReload(stage);
  narrator.line("refused", showDiagnostic(error, copy));
  const { line, column, lineText } = error.diagnostics?.[0] ?? {};
  narrator.expect(line === 4 && column === 16, "the error has the place", { line, column });
  narrator.expect(lineText?.includes("const format = =") === true, "the error has the line", lineText);
  const still = await convert(stage);
  const serving = host.extensions().find(({ id }) => id === ID)?.generation;
  narrator.line(`version ${serving} says`, still);
  narrator.text("");
  narrator.proves(still === after && serving === second, "the broken edit took nothing away", { still, serving });
}

async function convert({ host, signal }: Stage): Promise<string> {
  const { content } = await host.call("unit_convert", { amount: 8849, from: "m", to: "ft" }, { signal });
  return content.map(textOf).join("\n");
}

async function edit({ narrator }: Stage, file: string, [old, replacement]: [string, string]): Promise<void> {
  const source = await readFile(file, "utf8");
  narrator.expect(source.includes(old), `the source has \`${old}\` in it`);
  narrator.line("edit", `${old}  →  ${replacement}`);
  await writeFile(file, source.replace(old, replacement));
}

async function failedReload({ host, narrator }: Stage): Promise<TauError> {
  const error: unknown = await host.reload(ID).catch((reason: unknown) => reason);
  if (isTauError(error)) return error;
  narrator.expect(false, "a broken edit is refused with an error that says why", error);
  throw error;
}

/** Paths as seen from the copy: the temporary folder's name is long and tells nothing. */
function showDiagnostic({ diagnostics = [] }: TauError, folder: string): string {
  return diagnostics.map(formatDiagnostic).join("\n").replaceAll(`${folder}/`, "");
}

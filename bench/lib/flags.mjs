// What the command line says.
import { parseArgs } from "node:util";

export const USAGE = `npm run bench -- [options]

  --quick              under a minute: fewer rounds, calls and contestants
  --thorough           about 20 minutes: what docs/ shows
  --only SUITE         only this suite; may come again
  --without WHO        without this contestant; may come again
  --json FILE          each round, for a script
  --markdown           the tables as Markdown
  --keep               into bench/results, with the date; a whole run is kept by itself
  --compare            and what has moved beside bench/baseline.json
  --save-baseline      from now on, this is what --compare holds against
  --help`;

const options = /** @type {const} */ ({
  quick: { type: "boolean", default: false },
  thorough: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] },
  without: { type: "string", multiple: true, default: [] },
  json: { type: "string" },
  markdown: { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
  compare: { type: "boolean", default: false },
  "save-baseline": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
});

/** @param {string[]} args @throws Error that says what is wrong with them */
export function readFlags(args) {
  const { values } = parseArgs({ args, options });
  if (values.quick && values.thorough) throw new Error("Expected --quick or --thorough, got both.");
  return values;
}

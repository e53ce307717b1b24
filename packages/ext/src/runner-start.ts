/**
 * The file that `node` is given to run an extension: it hands V8 the runner's code together with what V8 made of it when tau was
 * built. Parsing and compiling take 4 of the 8 ms that a start takes beyond Node's own.
 *
 * V8 looks whether that comes from its own version and flags; where it does not, V8 compiles the code as if nothing had been there.
 * Of the code itself V8 compares the length only. That both belong together is held by their names, which are of one build.
 */
import { readFileSync } from "node:fs";
import { Script } from "node:vm";

/** The runner's code, beside this file. Set when this file is bundled, as is all of what is named here. */
declare const RUNNER_CODE: string;

type RunRunner = (
  require: NodeJS.Require,
  __filename: string,
  /** Code that V8 takes back has lost who answers its `import()`. */
  importModule: (url: string) => Promise<unknown>,
) => void;

const file = `${__dirname}/${RUNNER_CODE}`;
const script = new Script(readFileSync(file, "utf8"), { filename: file, cachedData: readFileSync(`${file}.v8`) });
(script.runInThisContext() as RunRunner)(require, file, (url) => import(url));

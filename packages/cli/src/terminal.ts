import type { WriteStream } from "node:tty";
import pc from "picocolors";

/** What a command uses of the process it runs in. */
export type Streams = Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env">;

export type Colors = ReturnType<typeof pc.createColors>;

/** Where results go (stdout), and where everything else goes (stderr). */
export interface Terminal {
  /** Writes a line of the result to stdout. */
  readonly print: (text: string) => void;
  /** Writes a line about the way there to stderr. */
  readonly note: (text: string) => void;
  /** For what is printed. */
  readonly colors: Colors;
  /** For what is noted. */
  readonly noteColors: Colors;
}

export function createTerminal({ stdout, stderr, env }: Streams): Terminal {
  return {
    print: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    colors: colorsFor(stdout, env),
    noteColors: colorsFor(stderr, env),
  };
}

/** picocolors by itself looks at stdout only, and colours files when `CI` is set. */
function colorsFor(stream: WriteStream, env: NodeJS.ProcessEnv): Colors {
  return pc.createColors(stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb");
}

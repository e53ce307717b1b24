import process from "node:process";
import { run } from "@stricli/core";
import { splitFlags } from "./agent/extension-flags.ts";
import { app } from "./app.ts";
import { createContext } from "./context.ts";
import { EXIT_CODES } from "./errors.ts";
import { isAgent } from "./is-agent.ts";

const given = process.argv.slice(2);
// Only the agent loads extensions that may know flags of their own.
const { own, others } = isAgent(given) ? splitFlags(given) : { own: given, others: {} };
const context = createContext(process, others);
await run(app, own, context);
process.exitCode = exitCodeOf(context.process.exitCode ?? 0);

/** stricli tells by negative codes what it could not do: -4 and -5 mean a wrong command line. */
function exitCodeOf(code: number): number {
  if (code === 0) return context.exitCode;
  return code === -4 || code === -5 ? EXIT_CODES.wrongUsage : EXIT_CODES.failed;
}

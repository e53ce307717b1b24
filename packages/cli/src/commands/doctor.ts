import { isTauError, type Isolation, type SandboxLayer } from "tau-host";
import { runCommand, type TauContext } from "../context.ts";
import { probeIsolation } from "../doctor/probe-isolation.ts";
import type { Findings } from "../doctor/probe.ts";
import { EXIT_CODES } from "../errors.ts";
import { formatTable } from "../format.ts";

export interface DoctorFlags {
  readonly json?: boolean;
}

interface Diagnosis {
  isolation: Isolation;
  works: boolean;
  /** What holds it, where something does. */
  layer: SandboxLayer | null;
  reached: Findings | null;
  problem: string | null;
}

/** `tau doctor`: which ways of confining extensions work here, found out by trying. Exits 1 where the sandbox does not. */
export default async function doctor(this: TauContext, { json = false }: DoctorFlags): Promise<void> {
  const { terminal } = this;
  await runCommand(this, async () => {
    const found: Diagnosis[] = [];
    for (const isolation of ISOLATIONS) found.push(await diagnose(isolation, this));
    if (json) terminal.print(JSON.stringify(found, undefined, 2));
    else {
      terminal.print(formatTable([HEADER, ...found.map(cells)]).join("\n"));
      for (const { isolation, problem } of found) if (problem !== null) terminal.print(`\n${isolation}: ${problem}`);
    }
    if (found.some(({ works }) => !works)) this.exitCode = EXIT_CODES.failed;
  });
}

const ISOLATIONS: readonly Isolation[] = ["process", "sandbox", "wasm"];

const HEADER = ["isolation", "works", "held by", "files", "network", "programs", "processes"];

async function diagnose(isolation: Diagnosis["isolation"], context: TauContext): Promise<Diagnosis> {
  const { signal, process } = context;
  try {
    const { reached, layer: held } = await probeIsolation(isolation, { environment: process.env, signal });
    const layer = held ?? null;
    const leaks = Object.entries(reached).flatMap(([area, got]) => (got ? [area] : []));
    // What runs as the user reaches everything; what confines and lets anything through does not.
    if (isolation === "process" || leaks.length === 0) return { isolation, works: true, layer, reached, problem: null };
    return {
      isolation,
      works: false,
      layer,
      reached,
      problem: `It does not hold ${leaks.join(", ")}. Do not rely on it here.`,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!isTauError(error)) throw error;
    return { isolation, works: false, layer: null, reached: null, problem: error.message };
  }
}

function cells({ isolation, works, layer, reached }: Diagnosis): string[] {
  const areas = ["files", "network", "programs", "processes"] as const;
  const held = areas.map((area) => (reached === null ? "-" : reached[area] ? "open" : "held"));
  return [isolation, works ? "yes" : "no", layer ?? "-", ...held];
}

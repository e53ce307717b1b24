/** What an extension could get at, tried by one: `true` for what it got. */
export interface Findings {
  files: boolean;
  network: boolean;
  programs: boolean;
  processes: boolean;
}

type Files = typeof import("node:fs");
type Programs = typeof import("node:child_process");
type Network = typeof import("node:net");

/** The one thing it needs of the SDK, which the command itself does not depend on. */
interface Api {
  registerTool(tool: object): void;
}

/** An extension that tries to reach what it has no business with. It changes nothing. */
export default function setup(api: Api): void {
  api.registerTool({
    name: "probe",
    description: "Tries what an extension can reach",
    parameters: {
      type: "object",
      properties: { file: { type: "string" }, port: { type: "number" }, pid: { type: "number" } },
      required: ["file", "port", "pid"],
    },
    async execute({ file, port, pid }: { file: string; port: number; pid: number }) {
      const findings: Findings = {
        files: await succeeds(async () => (await load<Files>("node:fs")).readFileSync(file)),
        network: await succeeds(() => connects(port)),
        programs: await succeeds(async () =>
          (await load<Programs>("node:child_process")).execFileSync(process.execPath, ["-e", ""]),
        ),
        processes: await succeeds(async () => (await load<Files>("node:fs")).readFileSync(`/proc/${pid}/environ`)),
      };
      return { content: [{ type: "text", text: JSON.stringify(findings) }] };
    },
  });
}

/** Not an import that a build sees: where there are no such modules, to ask for one has to fail when it is tried. */
async function load<Module>(name: string): Promise<Module> {
  return (await import(name)) as Module;
}

async function succeeds(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch {
    // Held: that is what it was tried for.
    return false;
  }
}

async function connects(port: number): Promise<void> {
  const { connect } = await load<Network>("node:net");
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(() => resolve()));
    socket.once("error", reject);
  });
}

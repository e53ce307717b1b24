import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

/** What an extension could get at, tried by one: `true` for what it got. */
export interface Findings {
  files: boolean;
  network: boolean;
  programs: boolean;
  processes: boolean;
}

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
        files: succeeds(() => readFileSync(file)),
        network: await connects(port),
        programs: succeeds(() => execFileSync(process.execPath, ["-e", ""])),
        processes: succeeds(() => readFileSync(`/proc/${pid}/environ`)),
      };
      return { content: [{ type: "text", text: JSON.stringify(findings) }] };
    },
  });
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    // Held: that is what it was tried for.
    return false;
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

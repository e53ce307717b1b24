import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Workplace } from "./workplace.ts";

const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

/** A front end in another language: asks for a prompt, answers the question of an extension, and prints what it got. */
const FRONT_END = `
import json, subprocess, sys
tau = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def send(message):
    tau.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
    tau.stdin.flush()
send({"id": 1, "method": "getState", "params": {}})
send({"id": 2, "method": "prompt", "params": {"text": "use greet name=Ada"}})
events = []
for line in tau.stdout:
    message = json.loads(line)
    if message.get("method") == "ui/confirm":
        send({"id": message["id"], "result": {"value": True}})
    elif message.get("method") == "event":
        events.append(message["params"]["name"])
    elif message.get("id") == 1:
        tools = message["result"]["tools"]
    elif message.get("id") == 2:
        print(json.dumps({"tools": "greet" in tools, "text": message["result"]["text"], "events": events}))
        break
tau.stdin.close()
sys.exit(tau.wait(10))
`;

const GREETER = `export default (api) => api.registerTool({
  name: "greet",
  description: "Greets",
  parameters: { type: "object" },
  execute: async ({ name }, ctx) => ({ content: [{ type: "text", text: "Hello " + name + ", " + (await ctx.ui.confirm("May I?")) }] }),
});
`;

const python = spawnSync("python3", ["--version"]).status === 0;

test.skipIf(!python)("a front end in another language drives the agent and answers its extensions", async () => {
  await using place = new Workplace();
  writeFileSync(join(place.folder, "greeter.mjs"), GREETER);
  writeFileSync(join(place.folder, "front-end.py"), FRONT_END);
  const { status, stdout, stderr } = spawnSync(
    "python3",
    ["front-end.py", process.execPath, BIN, "--mode", "rpc", "-e", "greeter.mjs"],
    { cwd: place.folder, env: { ...process.env, TAU_HOME: place.home }, encoding: "utf8", timeout: 15_000 },
  );
  expect(status, stderr).toBe(0);
  const seen = JSON.parse(stdout) as { tools: boolean; text: string; events: string[] };
  expect(seen).toMatchObject({ tools: true, text: "Hello Ada, true" });
  expect(seen.events).toContain("ui_prompt_start");
  expect(seen.events.at(-1)).toBe("agent_end");
});

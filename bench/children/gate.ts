import { setTimeout } from "node:timers/promises";
import type { ExtensionApi } from "tau-ext";

/** A gate that looks at each call and lets it pass, at once or after a while. */
export default function setup(api: ExtensionApi) {
  const thinkingMs = Number(api.config["thinkingMs"]);
  if (thinkingMs > 0) api.on("tool_call", async () => setTimeout(thinkingMs, undefined));
  else api.on("tool_call", (event) => (event.tool === "forbidden" ? { block: "no" } : undefined));
}

// Hears of events, does nothing with them, and answers when asked: by then it has heard all that came before.
import { type ExtensionApi, ToolResult } from "tau-ext";

export default function setup(api: ExtensionApi) {
  let heard = 0;
  api.on("message_update", () => {
    heard += 1;
  });
  api.registerTool({
    name: `heard_${Number(api.config["number"])}`,
    description: "Tells how many events came",
    parameters: { type: "object", properties: {} },
    execute: () => ToolResult.text(String(heard)),
  });
}

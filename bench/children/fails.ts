// Crashes and blocks when asked to.
import { type ExtensionApi, ToolResult } from "tau-ext";

export default function setup(api: ExtensionApi) {
  const parameters = { type: "object", properties: {} } as const;
  const tool = (name: string, execute: () => ToolResult) =>
    api.registerTool({ name, description: name, parameters, execute });
  tool("answer", () => ToolResult.text("here"));
  tool("crash", () => process.exit(7));
  tool("block", () => {
    for (;;);
  });
}

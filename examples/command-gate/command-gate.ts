import type { EventPayload, ExtensionApi } from "tau-ext";

/** `rm -rf`, `rm -fr`, `rm -r -f`, `rm --recursive …` */
const DELETES_FOLDERS = /\brm\s+(-\w+\s+)*(-\w*[rR]\w*|--recursive)\b/;

export default function setup(api: ExtensionApi) {
  api.on("tool_call", (event) => {
    const command = commandOf(event);
    if (command === undefined || !DELETES_FOLDERS.test(command)) return undefined;
    return { block: "it deletes whole folders. Ask the user to do that" };
  });
}

function commandOf({ tool, input }: EventPayload<"tool_call">): string | undefined {
  return tool === "bash" && typeof input["command"] === "string" ? input["command"] : undefined;
}

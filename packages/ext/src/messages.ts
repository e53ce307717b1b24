import type { Content, ToolResult } from "tau-protocol";
import type { ExtensionApi } from "./api.ts";
import { given } from "./services.ts";
import type { HostPeer } from "./session.ts";

/** What an extension puts into the conversation and its file. */
export function createMessages(
  peer: () => HostPeer,
): Pick<ExtensionApi, "sendMessage" | "sendUserMessage" | "appendEntry"> {
  return {
    sendMessage: async (kind, content, { details, visibleToModel, deliver } = {}) => {
      const params = { kind, content: asContent(content), ...given({ details, visibleToModel, deliver }) };
      await peer().request("message/send", params);
    },
    sendUserMessage: async (text, { deliver } = {}) => {
      await peer().request("message/sendUser", { content: asContent(text), ...given({ deliver }) });
    },
    appendEntry: async (kind, data) => {
      await peer().request("session/append", { kind, data });
    },
  };
}

function asContent(content: string | ToolResult): Content[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content.content;
}

// The official MCP SDK 2.x on both sides, over stdio.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { childPath } from "../lib/fd3-child.mjs";

export async function open() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [childPath("mcp2-server.mjs")],
    maxBufferSize: 64 * 1024 * 1024,
  });
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(transport);

  const call = async (/** @type {string} */ name, /** @type {Record<string, unknown>} */ input) => {
    const result = await client.callTool({ name, arguments: input });
    return result.content[0].text;
  };

  return {
    pid: transport.pid ?? undefined,
    echo: (/** @type {string} */ text) => call("echo", { text }),
    produce: (/** @type {number} */ bytes) => call("produce", { bytes }),
    close: () => client.close(),
  };
}

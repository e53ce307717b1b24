// The official MCP SDK 1.x on both sides, over stdio.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { childPath } from "../lib/fd3-child.mjs";

export async function open() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [childPath("mcp-server.mjs")],
    maxBufferSize: 64 * 1024 * 1024, // its default of 10 MiB is too small for a 10 MB result
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

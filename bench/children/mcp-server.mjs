// The same two tools as echo.ts, as an MCP server over stdio.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { textOf } from "../lib/text.mjs";

const server = new McpServer({ name: "bench", version: "1.0.0" });

server.registerTool(
  "echo",
  { description: "Gives the text back", inputSchema: { text: z.string() } },
  async (input) => ({ content: [{ type: "text", text: input.text }] }),
);

server.registerTool(
  "produce",
  { description: "Gives a text of that many bytes", inputSchema: { bytes: z.number().int() } },
  async (input) => ({ content: [{ type: "text", text: textOf(input.bytes) }] }),
);

await server.connect(new StdioServerTransport());

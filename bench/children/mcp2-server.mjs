// The same two tools as echo.ts, as a server of the MCP SDK 2.x over stdio.
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { textOf } from "../lib/text.mjs";

const server = new McpServer({ name: "bench", version: "1.0.0" });

server.registerTool(
  "echo",
  { description: "Gives the text back", inputSchema: z.object({ text: z.string() }) },
  async ({ text }) => ({ content: [{ type: "text", text }] }),
);

server.registerTool(
  "produce",
  { description: "Gives a text of that many bytes", inputSchema: z.object({ bytes: z.number().int() }) },
  async ({ bytes }) => ({ content: [{ type: "text", text: textOf(bytes) }] }),
);

await server.connect(new StdioServerTransport());

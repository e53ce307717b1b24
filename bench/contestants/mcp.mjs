// The official MCP SDK 1.x on both sides, over stdio.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as Transport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { connectMcp } from "../lib/mcp-connection.mjs";

export const open = () => connectMcp({ Client, Transport, server: "mcp-server.mjs" });

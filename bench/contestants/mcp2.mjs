// The official MCP SDK 2.x on both sides, over stdio.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport as Transport } from "@modelcontextprotocol/client/stdio";
import { connectMcp } from "../lib/mcp-connection.mjs";

export const open = () => connectMcp({ Client, Transport, server: "mcp2-server.mjs" });

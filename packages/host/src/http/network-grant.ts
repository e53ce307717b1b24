import { TauError } from "tau-protocol";
import { show } from "../show.ts";

/** A server that a confined extension may speak with. */
export interface NetworkGrant {
  /** As a URL has it: lower case, numbers of addresses in dots, IPv6 in brackets. */
  host: string;
  port: number;
}

const DEFAULT_PORT = 443;

/** `api.example.com` (port 443), `api.example.com:80`, `127.0.0.1:8080`, `[::1]:8080`. @throws TauError `invalid-option` */
export function parseNetworkGrant(text: string): NetworkGrant {
  const [, name = "", port = String(DEFAULT_PORT)] = /^(.+?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  // Brackets hold the colons of an IPv6 address together; a name has none.
  if (name.startsWith("[") === name.endsWith("]") && URL.canParse(`http://${name}:${port}/`)) {
    const { hostname, pathname, username, search, hash } = new URL(`http://${name}:${port}/`);
    const isBare = pathname === "/" && username === "" && search === "" && hash === "" && !name.includes("*");
    if (isBare && Number(port) > 0) return { host: hostname, port: Number(port) };
  }
  const message = `Expected \`permissions.network\` to name servers as host or host:port, got ${show(text)}.`;
  throw new TauError("invalid-option", message, { executed: "no", phase: "launch" });
}

export function formatNetworkGrant({ host, port }: NetworkGrant): string {
  return `${host}:${port}`;
}

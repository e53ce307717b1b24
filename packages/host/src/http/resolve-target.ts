import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { TauError } from "tau-protocol";
import { show } from "../show.ts";
import { formatNetworkGrant, type NetworkGrant } from "./network-grant.ts";
import { isPublicAddress } from "./public-address.ts";

export interface Address {
  address: string;
  family: number;
}

export type Resolve = (host: string) => Promise<Address[]>;

/** Which servers may be asked. `all`: the extension is not confined and could ask them itself. */
export type Reach = readonly NetworkGrant[] | "all";

/** Where a request may go: the URL, and the one address that was looked at. */
export interface Target {
  url: URL;
  address: Address;
}

/**
 * Checks a URL against what was granted, and the addresses that its name stands for now. The request then goes to that very address: a name
 * that stands for another one a moment later changes nothing.
 * @throws TauError `denied`, `invalid-params`, `unavailable` for a name that stands for nothing
 */
export async function resolveTarget(text: string, reach: Reach, resolve: Resolve): Promise<Target> {
  const url = readUrl(text);
  if (reach !== "all") expectGranted(url, reach);
  const bare = url.hostname.replace(/^\[|\]$/g, "");
  const version = isIP(bare);
  const addresses = version === 0 ? await resolve(bare) : [{ address: bare, family: version }];
  const [address] = addresses;
  if (address === undefined) throw unreachable(url, "its name stands for no address");
  // All of them: which one is taken must not depend on their order.
  const own = reach === "all" ? undefined : addresses.find((each) => !mayConnect(each.address, bare));
  if (own !== undefined) {
    const text = `Expected ${url.hostname} to be a server of the internet, got ${own.address}, an address of this machine or its network.`;
    throw denied(`${text} Grant that address itself if it is meant.`);
  }
  return { url, address };
}

export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

function expectGranted(url: URL, grants: readonly NetworkGrant[]): void {
  const port = Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
  if (grants.some(({ host, port: granted }) => host === url.hostname && granted === port)) return;
  const granted = grants.map((each) => formatNetworkGrant(each)).join(", ");
  throw denied(`Expected a server that was granted (${granted}), got ${url.hostname}:${port}.`);
}

/** Addresses that are nobody else's business only where the user named them. */
function mayConnect(address: string, granted: string): boolean {
  if (isPublicAddress(address) || address === granted) return true;
  return granted === "localhost" && (address === "127.0.0.1" || address === "::1");
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRight = url !== undefined && ["http:", "https:"].includes(url.protocol) && url.username + url.password === "";
  if (isRight) return url;
  const message = `Expected \`url\` to be one of http or https without a user or password, got ${show(text)}.`;
  throw new TauError("invalid-params", message, { executed: "no" });
}

function denied(message: string): TauError {
  return new TauError("denied", message, { executed: "no" });
}

export function unreachable(url: URL, why: string): TauError {
  const text = `${url.hostname} could not be reached: ${why}.`;
  return new TauError("unavailable", text, { executed: "maybe", retryable: true });
}

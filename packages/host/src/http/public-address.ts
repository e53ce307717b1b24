import { BlockList, isIP } from "node:net";

/**
 * Networks that are somebody's own: loopback, private, link-local (where clouds keep their keys), shared, for documentation, multicast,
 * and those that wrap an address of IPv4. Source: IANA's special-purpose address registries (RFC 6890 and its updates).
 */
const OWN_IPV4: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

const OWN_IPV6: readonly [string, number][] = [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
];

/** Whether an address is one of the internet's. Anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const list = new BlockList();
  if (version === 4) for (const [network, bits] of OWN_IPV4) list.addSubnet(network, bits, "ipv4");
  else for (const [network, bits] of OWN_IPV6) list.addSubnet(network, bits, "ipv6");
  return !list.check(address, version === 4 ? "ipv4" : "ipv6");
}

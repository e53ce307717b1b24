/**
 * The protocol versions this code speaks. The number belongs to the wire and moves on its own: a release of tau that
 * leaves the wire alone leaves this number alone (spec/protocol.md, V-1).
 */
export const PROTOCOL_VERSION = 1;

/** An inclusive range of protocol versions. */
export interface ProtocolRange {
  min: number;
  max: number;
}

export const SUPPORTED_PROTOCOLS: ProtocolRange = { min: 1, max: PROTOCOL_VERSION };

/** The highest version inside both ranges, or `undefined` when they do not meet. */
export function negotiateProtocol(ours: ProtocolRange, theirs: ProtocolRange): number | undefined {
  const highest = Math.min(ours.max, theirs.max);
  return highest >= Math.max(ours.min, theirs.min) ? highest : undefined;
}

import type { MessageId } from "tau-protocol";

/** Whose line was too long to read, as far as its beginning tells. */
export type OversizedOwner = { kind: "request" | "answer"; id: MessageId };

/**
 * Reads `id` and `method` off the beginning of a message. Only names in front of the message's own content count: what
 * follows `params`, `result` or `error` belongs to the content, and so does every later `{"jsonrpc"`. A beginning that stops
 * before it says whose it is belongs to nobody: the wrong request would settle.
 */
export function oversizedOwner(head: string): OversizedOwner | undefined {
  const start = head.indexOf('{"jsonrpc"');
  if (start === -1) return undefined;
  const content = /"(params|result|error)"\s*:/.exec(head.slice(start));
  const envelope = content === null ? head.slice(start) : head.slice(start, start + content.index);
  const id = /"id"\s*:\s*(\d{1,16})\s*[,}]/.exec(envelope)?.[1];
  if (id === undefined) return undefined;
  if (/"method"\s*:/.test(envelope) || content?.[1] === "params") return { kind: "request", id: Number(id) };
  return content === null ? undefined : { kind: "answer", id: Number(id) };
}

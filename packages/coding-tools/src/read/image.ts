const SIGNATURES: readonly { mimeType: string; fits: (head: Buffer) => boolean }[] = [
  { mimeType: "image/png", fits: (head) => head.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex")) },
  { mimeType: "image/jpeg", fits: (head) => head.subarray(0, 3).equals(Buffer.from("ffd8ff", "hex")) },
  { mimeType: "image/gif", fits: (head) => /^GIF8[79]a/.test(head.toString("latin1", 0, 6)) },
  {
    mimeType: "image/webp",
    fits: (head) => head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WEBP",
  },
];

/** The kind of an image that models can see, by its first bytes: names lie. */
export function imageTypeOf(head: Buffer): string | undefined {
  return SIGNATURES.find(({ fits }) => fits(head))?.mimeType;
}

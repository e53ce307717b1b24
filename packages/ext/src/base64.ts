/** What QuickJS has of its own and Node 20 has not. Source: https://tc39.es/proposal-arraybuffer-base64/ */
interface Base64Bytes {
  toBase64(): string;
}
interface Base64Constructor {
  fromBase64(text: string): Uint8Array<ArrayBuffer>;
}

/** Works in Node and in a guest, where there is no `Buffer`. */
export function toBase64(bytes: Uint8Array): string {
  return typeof Buffer === "undefined"
    ? (bytes as unknown as Base64Bytes).toBase64()
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return typeof Buffer === "undefined"
    ? (Uint8Array as unknown as Base64Constructor).fromBase64(text)
    : Uint8Array.from(Buffer.from(text, "base64"));
}

import { readRegularBytes } from "../read-regular.ts";

/** The custom section in which a component says what it asks for, as JSON. */
const NAME = Buffer.from("tau.permissions");
/** Magic number, version and layer. Source: the WebAssembly component model, design/mvp/Binary.md. */
const HEADER_BYTES = 8;
const CUSTOM = 0;

/** `undefined` where it has none. @throws Error for what is no WebAssembly */
export function readPermissionsSection(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 4).toString("latin1") !== "\0asm") throw new Error("it is not WebAssembly");
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const id = bytes[at];
    const size = readNumber(bytes, at + 1);
    const end = size.end + size.value;
    if (end > bytes.length) throw new Error("a section of it is longer than the file");
    if (id === CUSTOM) {
      const length = readNumber(bytes, size.end);
      const text = length.end + length.value;
      if (bytes.subarray(length.end, text).equals(NAME)) return bytes.subarray(text, end).toString("utf8");
    }
    at = end;
  }
  return undefined;
}

/** @throws as {@link readPermissionsSection} and `readRegularBytes` */
export async function readComponentPermissions(path: string): Promise<string | undefined> {
  return readPermissionsSection(await readRegularBytes(path));
}

/** The same component, asking for this. One that asks already goes on asking for what it did: the first section counts. */
export function withPermissionsSection(bytes: Buffer, json: string): Buffer {
  const content = Buffer.concat([writeNumber(NAME.length), NAME, Buffer.from(json)]);
  return Buffer.concat([bytes, Buffer.from([CUSTOM]), writeNumber(content.length), content]);
}

/** LEB128, of at most 32 bits. */
function readNumber(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw new Error("a number in it has no end");
}

function writeNumber(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) return Buffer.from(bytes);
  }
}

const PAGE_BYTES = 64 * 1024;
/** All that 32 bits can address. */
const MAX_PAGES = 65_536;
const MEMORY_SECTION = 5;
const [HAS_MAXIMUM, IS_SHARED, IS_64_BIT] = [1, 2, 4];

/**
 * The same module, with memory that can't grow beyond `maxBytes`: engines have no such setting for one instance. Source:
 * https://webassembly.github.io/spec/core/binary/modules.html#memory-section
 * @throws RangeError for a module that needs more from the start, or memory of another kind
 */
export function capMemory(module: Uint8Array, maxBytes: number): Uint8Array {
  const maxPages = Math.min(Math.floor(maxBytes / PAGE_BYTES), MAX_PAGES);
  const pieces: Uint8Array[] = [module.subarray(0, 8)];
  for (let at = 8; at < module.length;) {
    const [size, start] = readNumber(module, at + 1);
    const end = start + size;
    pieces.push(module[at] === MEMORY_SECTION ? capSection(module, start, maxPages) : module.subarray(at, end));
    at = end;
  }
  return Buffer.concat(pieces);
}

function capSection(module: Uint8Array, start: number, maxPages: number): Uint8Array {
  const [count, first] = readNumber(module, start);
  const content = [...writeNumber(count)];
  for (let index = 0, at = first; index < count; index++) {
    const [flags, afterFlags] = readNumber(module, at);
    const [min, afterMin] = readNumber(module, afterFlags);
    const [max, afterMax] = (flags & HAS_MAXIMUM) === 0 ? [maxPages, afterMin] : readNumber(module, afterMin);
    if ((flags & (IS_SHARED | IS_64_BIT)) !== 0)
      throw new RangeError("Expected a module with plain 32-bit memory, got shared or 64-bit memory.");
    if (min > maxPages)
      throw new RangeError(`Expected a module that starts with at most ${maxPages} pages of memory, got ${min}.`);
    content.push(HAS_MAXIMUM, ...writeNumber(min), ...writeNumber(Math.min(max, maxPages)));
    at = afterMax;
  }
  return Uint8Array.from([MEMORY_SECTION, ...writeNumber(content.length), ...content]);
}

/** LEB128, unsigned: the number, and where it ends. */
function readNumber(bytes: Uint8Array, start: number): [number, number] {
  let value = 0;
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError("Expected a whole module, got one that was cut short.");
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, at + 1];
  }
}

function writeNumber(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

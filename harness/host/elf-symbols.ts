/**
 * Names of functions out of an ELF file's own tables, for a machine without addr2line and
 * llvm-symbolizer.
 */

const functionType = 2;
const symbolTables = [2, 11];

type Section = { type: number; offset: number; size: number; link: number };

/** A function that is there in the file: where it begins and how long it is. */
type Symbol = { name: string; from: number; size: number };

/** Its functions; none when it is no 64-bit little-endian ELF file, or not whole. */
export const elfFunctions = (bytes: Buffer): Symbol[] => {
  try {
    return bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1
      ? functionsIn(bytes, sectionsOf(bytes))
      : [];
  } catch (reason) {
    if (reason instanceof RangeError) return [];
    throw reason;
  }
};

/** The function that an offset lies in; null where the file does not say. */
export const functionIn = (functions: readonly Symbol[], offset: number): string | null =>
  functions.find(({ from, size }) => offset >= from && offset < from + size)?.name ?? null;

const sectionsOf = (bytes: Buffer): Section[] => {
  const at = Number(bytes.readBigUInt64LE(0x28));
  const step = bytes.readUInt16LE(0x3a);
  return Array.from({ length: bytes.readUInt16LE(0x3c) }, (_, i) => {
    const head = at + i * step;
    return {
      type: bytes.readUInt32LE(head + 4),
      offset: Number(bytes.readBigUInt64LE(head + 0x18)),
      size: Number(bytes.readBigUInt64LE(head + 0x20)),
      link: bytes.readUInt32LE(head + 0x28),
    };
  });
};

const functionsIn = (bytes: Buffer, sections: readonly Section[]): Symbol[] => {
  const symbolBytes = 24;
  const found: Symbol[] = [];
  for (const table of sections.filter(({ type }) => symbolTables.includes(type))) {
    const names = sections[table.link]?.offset ?? 0;
    for (let at = table.offset; at + symbolBytes <= table.offset + table.size; at += symbolBytes) {
      if ((bytes.readUInt8(at + 4) & 15) !== functionType) continue;
      const start = names + bytes.readUInt32LE(at);
      const name = bytes.toString('utf8', start, bytes.indexOf(0, start));
      const from = Number(bytes.readBigUInt64LE(at + 8));
      found.push({ name, from, size: Number(bytes.readBigUInt64LE(at + 16)) });
    }
  }
  return found;
};

/**
 * Files as a zip and back: the only importer of fflate. The same files always give the same bytes,
 * so an archive that is read can be packed again and compared. Nothing is ever written to a disk.
 */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

/** Files by name, as text. */
export type Files = ReadonlyMap<string, string>;

const bytesMax = 256 * 1024 * 1024;
const filesMax = 2_000;

/** Midday without a zone: an archive knows local times only, and none of them is read. */
const noTime = '1980-01-01T12:00:00';

/** The archive of some files, in the order of their names. */
export const pack = (files: Files, level: 1 | 9 = 9): Uint8Array => {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return zipSync(Object.fromEntries(sorted.map(([name, text]) => [name, strToU8(text)])), {
    level,
    mtime: noTime,
  });
};

/** The files of an archive; null: it is none, or holds more than one of ours ever does. */
export const unpack = (bytes: Uint8Array): Files | null => {
  let total = 0;
  let count = 0;
  try {
    const found = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        total += originalSize;
        count += 1;
        if (total > bytesMax || count > filesMax) throw new RangeError('too large');
        return true;
      },
    });
    return new Map(Object.entries(found).map(([name, data]) => [name, strFromU8(data)]));
  } catch {
    return null;
  }
};

/**
 * The subject's own static data: mapped as long as its library is loaded, so it is read without asking the kernel.
 * Everything else is read through real-memory.ts, which asks.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { viewMemory } from './koffi-binding.ts';
import { realMemory, type Range } from './real-memory.ts';

type Image = { symbol: bigint; file: string; parts: (Range & { bytes: Uint8Array })[] };

let image: Image | null = null;

/** The readable ranges of this process that map the file. */
export const mappedRanges = (file: string): Range[] => {
  if (process.platform !== 'linux') return [];
  return readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .filter((line) => line.includes(file) && line.split(' ', 2)[1]?.startsWith('r'))
    .map((line) => {
      const [from, to] = line.split(' ', 1)[0]!.split('-');
      return { from: Number.parseInt(from!, 16), to: Number.parseInt(to!, 16) };
    });
};

/** A library was loaded from `file`; `symbol` is an address in it, the same when it lies where it lay before. */
export const noteImage = (file: string, symbol: bigint): void => {
  if (image?.symbol === symbol && image.file === file) return;
  const parts = mappedRanges(file).map((range) => ({
    ...range,
    bytes: viewMemory(range.from, range.to - range.from),
  }));
  image = { symbol, file, parts };
};

/** Bytes of the subject's, anywhere; null when they cannot be read. */
export const readSubject = (address: bigint, length: number): Uint8Array | null => {
  const at = Number(address);
  const part = image?.parts.find(({ from, to }) => at >= from && at + length <= to);
  return part
    ? part.bytes.slice(at - part.from, at - part.from + length)
    : realMemory().read(at, length);
};

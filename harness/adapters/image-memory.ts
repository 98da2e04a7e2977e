/**
 * The subject's own static data: mapped as long as its library is loaded, so it is read without
 * asking the kernel. Everything else is read through real-memory.ts, which asks.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { viewMemory } from './koffi-binding.ts';
import { realMemory, type Range } from './real-memory.ts';

type Image = { symbol: bigint; file: string; parts: (Range & { bytes: Buffer })[] };

let image: Image | null = null;

/**
 * The readable ranges of this process that map the file, with the zeroed data that follows them.
 */
export const mappedRanges = (file: string): Range[] => {
  if (process.platform !== 'linux') return [];
  const ranges: Range[] = [];
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const [span = '', rights = '', , , , name] = line.split(/ +/);
    if (!rights.startsWith('r')) continue;
    const [from, to] = span.split('-').map((text) => Number.parseInt(text, 16)) as [number, number];
    const follows = !name && ranges.at(-1)?.to === from;
    if (follows || line.includes(file)) ranges.push({ from, to });
  }
  return ranges;
};

/**
 * A library was loaded from `file`; `symbol` is an address in it, the same when it lies where it
 * lay before.
 */
export const noteImage = (file: string, symbol: bigint): void => {
  if (image?.symbol === symbol && image.file === file) return;
  const parts = mappedRanges(file).map((range) => ({
    ...range,
    bytes: Buffer.from(viewMemory(range.from, range.to - range.from).buffer),
  }));
  image = { symbol, file, parts };
};

/** The library is not loaded any more. */
export const forgetImage = (): void => {
  image = null;
};

/** Whether the address lies in the subject's static data; not known everywhere. */
export const isStatic = (address: bigint): boolean =>
  process.platform !== 'linux' ||
  (image?.parts.some(({ from, to }) => Number(address) >= from && Number(address) < to) ?? false);

/** Whether the subject's bytes at the address are these still; what cannot be read is not. */
export const isUnchanged = (address: bigint, bytes: Buffer): boolean => {
  const at = Number(address);
  const part = image?.parts.find(({ from, to }) => at >= from && at + bytes.length <= to);
  if (part) {
    const offset = at - part.from;
    return part.bytes.compare(bytes, 0, bytes.length, offset, offset + bytes.length) === 0;
  }
  const now = realMemory().read(at, bytes.length);
  return now !== null && bytes.equals(now);
};

/** Bytes of the subject's, anywhere; null when they cannot be read. */
export const readSubject = (address: bigint, length: number): Uint8Array | null => {
  const at = Number(address);
  const part = image?.parts.find(({ from, to }) => at >= from && at + length <= to);
  if (!part) return realMemory().read(at, length);
  // A plain array, not a Buffer: the slice of a Buffer shares its bytes.
  const copy = new Uint8Array(length);
  part.bytes.copy(copy, 0, at - part.from, at - part.from + length);
  return copy;
};

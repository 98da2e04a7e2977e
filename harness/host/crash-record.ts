/**
 * Reads what the crash reporter (harness/native/crash/record.h) left in the file that a host has
 * open for it.
 */
import { readSync } from 'node:fs';

/**
 * An address in a file: its offset as the file's own tables count, and whether it is the
 * instruction itself.
 */
export type CodeAddress = { file: string; offset: bigint; isExact: boolean };

export type CrashRecord = {
  /** The address that was accessed; null where the signal has none. */
  fault: bigint | null;
  /** From the inside out; what lies in no file is left out. */
  frames: CodeAddress[];
};

/** A host maps some hundred files; the rest is not ours. */
const bytesMax = 4 << 20;

type Mapped = { from: bigint; to: bigint; base: bigint; file: string };

/** The record; null when there is none. The subject may have written it: every word is checked. */
export const readCrashRecord = (descriptor: number): CrashRecord | null => {
  const bytes = Buffer.alloc(bytesMax);
  let held = 0;
  for (let got = -1; got !== 0 && held < bytesMax; held += got)
    got = readSync(descriptor, bytes, held, bytesMax - held, held);
  return parseCrashRecord(bytes.toString('utf8', 0, held));
};

/** The same from its text. */
export const parseCrashRecord = (text: string): CrashRecord | null => {
  const lines = text.split('\n').map((line) => line.split(' '));
  if (lines[0]?.[0] !== 'crash') return null;
  const numbered = (name: string): bigint[][] =>
    lines
      .filter(([first, ...words]) => first === name && words.every(isHex))
      .map(([, ...words]) => words.map((word) => BigInt(`0x${word}`)));
  const maps = mapsIn(lines);
  const frames = numbered('frame').flatMap(([address, exact]) =>
    address === undefined ? [] : codeAt(maps, address, exact === 1n),
  );
  // A call of nothing has no frame of its own, and the unwinder stops before it.
  const callers = numbered('caller').flatMap(([address]) =>
    address === undefined ? [] : codeAt(maps, address, false),
  );
  const fault = numbered('fault')[0]?.[0] ?? null;
  const isFaultInCode = numbered('frame').some(
    ([address, exact]) =>
      exact === 1n && address !== undefined && codeAt(maps, address, true).length > 0,
  );
  return { fault, frames: isFaultInCode ? frames : [...callers, ...frames] };
};

const isHex = (word: string): boolean => /^[0-9a-f]{1,16}$/.test(word);

const mapsIn = (lines: readonly string[][]): Mapped[] => {
  const maps: Mapped[] = [];
  for (const [first, from = '', to = '', offset = '', ...name] of lines) {
    if (first !== 'map' || ![from, to, offset].every(isHex)) continue;
    const file = name
      .join(' ')
      .trim()
      .replace(/ \(deleted\)$/, '');
    const start = BigInt(`0x${from}`);
    const last = maps.at(-1);
    // The parts of a file follow each other, and its first part begins where the file does.
    const isFirst = BigInt(`0x${offset}`) === 0n || last?.file !== file;
    const base = isFirst ? start : last!.base;
    maps.push({ from: start, to: BigInt(`0x${to}`), base, file });
  }
  return maps;
};

const codeAt = (maps: readonly Mapped[], address: bigint, isExact: boolean): CodeAddress[] => {
  const map = maps.find(({ from, to }) => address >= from && address < to);
  return map ? [{ file: map.file, offset: address - map.base, isExact }] : [];
};

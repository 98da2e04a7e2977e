import { expect, it } from 'vitest';
import { type Digest, toggle } from './entry-digest.ts';

const digestOf = (entries: readonly (readonly [string, number])[]): Digest => {
  const digest: Digest = [0, 0];
  for (const [key, value] of entries) toggle(digest, key, value);
  return digest;
};

it('is the same for equal entries in any order, and after what came is gone again', () => {
  const one = digestOf([
    ['1', 5],
    ['2', 7],
  ]);
  expect(
    digestOf([
      ['2', 7],
      ['9', 9],
      ['1', 5],
      ['9', 9],
    ]),
  ).toEqual(one);
  expect(digestOf([])).toEqual([0, 0]);
});

it('parts all contents of two entries out of 64 keys and 8 values', () => {
  const seen = new Set<string>();
  let count = 0;
  for (let key = 0; key < 64; key += 1)
    for (let other = key + 1; other < 64; other += 1)
      for (let pair = 0; pair < 64; pair += 1) {
        const entries = [[`${key}`, pair >> 3] as const, [`${other}`, pair & 7] as const];
        seen.add(digestOf(entries).join());
        count += 1;
      }
  expect(seen.size).toBe(count);
});

it('parts values that are swapped between two keys', () => {
  const one = digestOf([
    ['1', 2],
    ['2', 1],
  ]);
  expect(
    digestOf([
      ['1', 1],
      ['2', 2],
    ]),
  ).not.toEqual(one);
});

/** Lists made small by leaving out chunks. */
import { describe, expect, test } from 'vitest';
import { withoutChunks } from './chunks.ts';

const numbers = Array.from({ length: 200 }, (_, at) => at);
const needs =
  (...needed: number[]) =>
  (kept: readonly number[]): Promise<boolean> =>
    Promise.resolve(needed.every((one) => kept.includes(one)));

describe('withoutChunks', () => {
  test('leaves what is needed, in order', async () => {
    expect(await withoutChunks(numbers, needs(3, 77, 150), () => true)).toEqual([3, 77, 150]);
  });

  test('keeps everything that is needed', async () => {
    expect(await withoutChunks(numbers, needs(...numbers), () => true)).toEqual(numbers);
  });

  test('stops when it may not go on', async () => {
    let tries = 0;
    const kept = await withoutChunks(numbers, needs(3), () => (tries += 1) <= 2);
    expect(kept).toContain(3);
    expect(kept).toHaveLength(100);
  });
});

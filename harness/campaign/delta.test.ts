import { describe, expect, test } from 'vitest';
import { smallest } from './delta.ts';

const all = Array.from({ length: 27 }, (_, index) => index);
const needs = (...wanted: number[]) => {
  let asked = 0;
  return {
    fails: async (some: readonly number[]): Promise<boolean> => {
      asked += 1;
      return Promise.resolve(wanted.every((one) => some.includes(one)));
    },
    asked: () => asked,
  };
};

describe('the smallest part that a failure needs', () => {
  test.each([[[7]], [[0, 26]], [[3, 4, 20]], [all]])('is found: %j', async (wanted) => {
    const failure = needs(...wanted);
    expect(await smallest(all, failure.fails)).toEqual(wanted);
    expect(failure.asked()).toBeLessThan(200);
  });

  test('of a failure of either of two parts it is one of them', async () => {
    const either = (some: readonly number[]): Promise<boolean> =>
      Promise.resolve(some.includes(5) || (some.includes(1) && some.includes(2)));
    expect([[5], [1, 2]]).toContainEqual(await smallest(all, either));
  });
});

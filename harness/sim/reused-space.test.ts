/** Blocks come back at once, of their own size only, with nothing of what was there. */
import { expect, test } from 'vitest';
import { SimulatedMemory } from '../adapters/simulated-memory.ts';
import { reusedSpace } from './reused-space.ts';

test('the last block that was reclaimed is handed out first', () => {
  const space = reusedSpace(new SimulatedMemory());
  const [first, second] = [space.allocate(16, 0), space.allocate(16, 0)];
  space.poke(second, Uint8Array.of(1, 2, 3));
  space.reclaim(first);
  space.reclaim(second);
  expect(space.peek(second, 4)).toEqual(new Uint8Array(4).fill(0xdd));
  expect(space.allocate(16, 0)).toBe(second);
  expect(space.peek(second, 4)).toEqual(new Uint8Array(4));
  expect(space.allocate(16, 0xa7)).toBe(first);
  expect(space.peek(first, 4)).toEqual(new Uint8Array(4).fill(0xa7));
});

test('a block of another size or alignment takes no place of it', () => {
  const space = reusedSpace(new SimulatedMemory());
  const block = space.allocate(16, 0);
  space.reclaim(block);
  expect(space.allocate(24, 0)).not.toBe(block);
  expect(space.allocate(16, 0, undefined, 64)).not.toBe(block);
  expect(space.allocate(16, 0)).toBe(block);
});

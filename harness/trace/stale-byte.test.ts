import { expect, test } from 'vitest';
import { staleByte } from '../adapters/guarded-buffer.ts';
import { staleSource } from './stale-byte.ts';

const pointer = (byte: number, low = 0n): bigint =>
  BigInt(`0x${byte.toString(16).repeat(8)}`) + low;

test('every kind of buffer that is overwritten is known again in an address', () => {
  for (const [name, byte] of Object.entries(staleByte)) {
    expect(staleSource(pointer(byte))).toBe(name);
    expect(staleSource(pointer(byte, 16n))).toBe(name);
  }
});

test('other addresses come from no buffer', () => {
  expect(staleSource(0n)).toBeNull();
  expect(staleSource(0x5a10_4321_0000n)).toBeNull();
  expect(staleSource(0xb2b2n)).toBeNull();
});

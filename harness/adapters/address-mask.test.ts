/**
 * What the mask takes for an address: words that are one, and no number that the runtime handed in
 * itself.
 */
import { expect, test } from 'vitest';
import { AddressMask } from './address-mask.ts';

const words = (...values: number[]): Uint8Array => {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, at) => view.setBigUint64(8 * at, BigInt(value), true));
  return bytes;
};

const everything = (): AddressMask =>
  new AddressMask({ isBlock: () => false, isMapped: () => true });

test('an address is a token, and an address again on its way back', () => {
  const mask = everything();
  const hidden = mask.hide(words(0x7f00_1234_5678));
  expect(hidden).not.toEqual(words(0x7f00_1234_5678));
  expect(mask.reveal(hidden)).toEqual(words(0x7f00_1234_5678));
});

test('a number that was handed in stays one, though something is mapped there', () => {
  const mask = everything();
  mask.reveal(words(0x0100_0008));
  expect(mask.hide(words(0x0100_0008))).toEqual(words(0x0100_0008));
  expect(mask.hide(words(0x0100_0010))).not.toEqual(words(0x0100_0010));
  mask.reset();
  expect(mask.hide(words(0x0100_0008))).not.toEqual(words(0x0100_0008));
});

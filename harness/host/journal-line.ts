/**
 * Lines of a journal that are no events and no choices: where blocks lie, for who looks at a bad
 * address.
 */
import type { BlockPlace } from './place.ts';

/** A line of the journal that says where a block lies. */
export const blockLine = (block: string, address: bigint): string =>
  `${block} ${address.toString()}`;

/** What such a line says. */
export const blockPlace = (line: string): BlockPlace => {
  const [block = '', address = '0'] = line.split(' ');
  return { block, address: BigInt(address) };
};

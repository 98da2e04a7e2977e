/**
 * A digest of a set of entries that follows each change: maps of hundreds of entries are asked for
 * it at every update. 64 bits, so that two contents of one trace never share it by chance.
 */
import type { ValueRef } from '../../harness/index.ts';

/** Two sums of 32 bits over the entries that are there. */
export type Digest = [number, number];

/** Puts an entry in that is not there, and takes one out that is. */
export const toggle = (digest: Digest, key: string, value: ValueRef): void => {
  const text = `${key} ${JSON.stringify(value)}`;
  let one = 0x811c9dc5;
  let other = 0x9e3779b9;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x85ebca6b) ^ (other >>> 13);
  }
  digest[0] ^= mixed(one);
  digest[1] ^= mixed(other);
};

/** Without it, digests of keys that differ in their last digit only would cancel out. */
const mixed = (sum: number): number => {
  const half = Math.imul(sum ^ (sum >>> 16), 0x45d9f3b);
  return half ^ (half >>> 15);
};

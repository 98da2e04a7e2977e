/**
 * A memory space that hands reclaimed blocks out again, the last one first, as lookaside lists and
 * most allocators do. Other spaces never repeat an address, so whatever a subject remembers by
 * address looks right in them.
 */
import type { MemorySpace } from '../provider/port.ts';

/** What a reclaimed block is filled with: a use after free shows nothing that was there. */
const poisonByte = 0xdd;

/**
 * The space over another one; blocks of one size, protection and alignment take each other's
 * places.
 */
export const reusedSpace = (space: MemorySpace): MemorySpace => {
  const kinds = new Map<bigint, { size: number; kind: string }>();
  const spare = new Map<string, bigint[]>();
  return {
    allocate: (size, fill, protection, alignment) => {
      if (protection) return space.allocate(size, fill, protection, alignment);
      const kind = `${size} ${alignment ?? 0}`;
      const again = spare.get(kind)?.pop();
      if (again !== undefined) {
        space.poke(again, new Uint8Array(size).fill(fill));
        return again;
      }
      const address = space.allocate(size, fill, protection, alignment);
      if (address !== 0n) kinds.set(address, { size, kind });
      return address;
    },
    reclaim: (address) => {
      const known = kinds.get(address);
      if (!known) {
        space.reclaim(address);
        return;
      }
      space.poke(address, new Uint8Array(known.size).fill(poisonByte));
      const others = spare.get(known.kind);
      if (others) others.push(address);
      else spare.set(known.kind, [address]);
    },
    allocateMapObject: (offset, slot) => space.allocateMapObject(offset, slot),
    peek: (address, length) => space.peek(address, length),
    poke: (address, bytes) => space.poke(address, bytes),
    overrun: (address) => space.overrun(address),
  };
};

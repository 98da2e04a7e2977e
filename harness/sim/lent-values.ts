/**
 * Stored values that find_element_function handed out: copies at addresses of the subject's own
 * space, valid to the end of the asking thread's outermost epoch. What is written through them
 * reaches the map.
 */
import type { MemorySpace } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';

type LentValue = {
  address: bigint;
  thread: Thread;
  size: number;
  giveBack: (bytes: Uint8Array) => void;
};

/** Whether an address lies in a block; one without bytes still has its address. */
export const isWithin = (address: bigint, block: { address: bigint; size: number }): boolean =>
  address >= block.address && address < block.address + BigInt(Math.max(block.size, 1));

export class LentValues {
  private readonly space: MemorySpace;
  private lent: LentValue[] = [];
  /** Addresses of values whose epoch is over. */
  private readonly ended = new Set<bigint>();

  constructor(space: MemorySpace) {
    this.space = space;
  }

  /** Hands out a copy; `giveBack` gets its bytes as they are when they count. 0n without memory. */
  lend(thread: Thread, bytes: Uint8Array, giveBack: (bytes: Uint8Array) => void): bigint {
    const address = this.space.allocate(Math.max(bytes.length, 1), 0);
    if (address === 0n) return 0n;
    this.space.poke(address, bytes);
    this.lent.push({ address, thread, size: bytes.length, giveBack });
    return address;
  }

  /** Makes writes so far visible in the map. */
  settle(): void {
    for (const value of this.lent) this.giveBack(value);
  }

  /** The thread's outermost epoch is over: its values are given back and gone. */
  end(thread: Thread): void {
    if (this.lent.length === 0) return;
    for (const value of this.lent) {
      if (value.thread !== thread) continue;
      this.giveBack(value);
      this.space.reclaim(value.address);
      this.ended.add(value.address);
    }
    this.lent = this.lent.filter((value) => value.thread !== thread);
  }

  hold(address: bigint): boolean {
    return this.lent.some((value) => isWithin(address, value));
  }

  /** Whether a value was handed out here whose epoch is over. */
  hasEnded(address: bigint): boolean {
    return this.ended.has(address);
  }

  private giveBack(value: LentValue): void {
    const bytes = this.space.peek(value.address, value.size);
    if (bytes) value.giveBack(bytes);
  }
}

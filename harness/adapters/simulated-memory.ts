/**
 * The address space of a simulated provider: every block has 64 KiB regions to itself, so bounds,
 * reclaimed memory and NULL are found at the access. Addresses are never reused within a run.
 */
import type { MemoryFault, MemorySpace } from '../provider/port.ts';

type Block = {
  start: number;
  size: number;
  bytes: Uint8Array;
  /** First byte of the block that `bytes` holds (map objects are mostly a hole). */
  from: number;
  state: 'live' | 'reclaimed';
  readOnly: boolean;
};

const regionBytes = 0x1_0000;
const base = 0x5a10_4321_0000;
const nullBytes = 0x1_0000;
/** What reclaimed memory reads as through views taken earlier. */
export const reclaimedByte = 0xdd;

/** Thrown at a bad access; leaving the callback it is a crash of that callback. */
export class MemoryAccessFault extends Error {
  readonly fault: MemoryFault;
  constructor(fault: MemoryFault) {
    super(`${fault.write ? 'write' : 'read'} of ${fault.length} bytes: ${fault.fault}`);
    this.name = 'MemoryAccessFault';
    this.fault = fault;
  }
}

export class SimulatedMemory implements MemorySpace {
  private readonly regions = new Map<number, Block>();
  private next = base;

  allocate(size: number, fill: number, protection?: 'read-only'): bigint {
    if (!Number.isSafeInteger(size) || size < 0 || size > 0x400_0000) return 0n;
    return this.place(size, new Uint8Array(size).fill(fill), 0, protection === 'read-only');
  }

  allocateMapObject(offset: number, slot: bigint): bigint {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, slot), true);
    return this.place(offset + 16, bytes, offset, true);
  }

  reclaim(address: bigint): void {
    const block = this.find(Number(address));
    if (!block || block.start !== Number(address)) return;
    block.state = 'reclaimed';
    block.bytes.fill(reclaimedByte);
  }

  peek(address: bigint, length: number): Uint8Array | null {
    const block = this.find(Number(address));
    const at = block ? Number(address) - block.start - block.from : -1;
    if (!block || block.state !== 'live' || at < 0 || at + length > block.bytes.length) return null;
    return block.bytes.slice(at, at + length);
  }

  poke(address: bigint, bytes: Uint8Array): void {
    const block = this.find(Number(address));
    const at = block ? Number(address) - block.start - block.from : -1;
    if (block && at >= 0 && at + bytes.length <= block.bytes.length) block.bytes.set(bytes, at);
  }

  overrun(): null {
    return null;
  }

  /** A live view for the subject; throws MemoryAccessFault where no such bytes may be touched. */
  view(address: bigint, length: number, write: boolean): Uint8Array {
    const refuse = (fault: MemoryFault['fault'], at = address): never => {
      throw new MemoryAccessFault({ fault, address: at, length, write });
    };
    if (typeof address !== 'bigint') throw new TypeError('an address is a bigint');
    if (!Number.isSafeInteger(length) || length < 0)
      throw new TypeError('a length is a count of bytes');
    if (address >= 0n && address < BigInt(nullBytes)) refuse('null');
    const at = Number(address);
    const block = this.find(at);
    if (!block) return refuse('unmapped');
    const start = BigInt(block.start);
    if (block.state === 'reclaimed') return refuse('freed', start);
    if (write && block.readOnly) return refuse('read-only', start);
    const offset = at - block.start;
    if (offset < 0 || offset + length > block.size) return refuse('bounds', start);
    const inside = offset - block.from;
    if (inside < 0 || inside + length > block.bytes.length) return new Uint8Array(length);
    return block.bytes.subarray(inside, inside + length);
  }

  private place(size: number, bytes: Uint8Array, from: number, readOnly: boolean): bigint {
    const start = this.next;
    const regions = Math.floor((size + regionBytes) / regionBytes) + 1;
    const block: Block = { start, size, bytes, from, state: 'live', readOnly };
    // Large holes (map objects with a huge offset) would cost a map entry a region; only the ends
    // count.
    const first = start / regionBytes;
    const listed = Math.min(regions, 1024);
    for (let i = 0; i < listed; i += 1) this.regions.set(first + i, block);
    for (let i = Math.max(regions - 4, listed); i < regions; i += 1)
      this.regions.set(first + i, block);
    this.next += regions * regionBytes;
    return BigInt(start);
  }

  private find(at: number): Block | undefined {
    return this.regions.get(Math.floor(at / regionBytes));
  }
}

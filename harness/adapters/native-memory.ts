/**
 * Memory of a native subject: every block in pages of its own between pages without access, so that
 * a byte too far faults at once; reclaimed blocks lose their access and are not used again for a
 * long time.
 */
import type { MemorySpace } from '../provider/port.ts';
import { AddressMask } from './address-mask.ts';
import { viewMemory } from './koffi-binding.ts';
import { realMemory, type RealMemory } from './real-memory.ts';

/** Pages for one-page blocks come in arenas of this many. */
const arenaCells = 4096;
/** Each live cell splits a mapping in two, and a process may have 65530. */
const arenasMax = 5;
/** A freed cell rests until at least this many others were freed after it. */
const restingMin = 1024;
/** Mappings of larger blocks that rest before they are given back. */
const restingLargeMax = 64;
/** What surrounds a block inside its pages. */
const slackByte = 0x6d;

type Block = {
  start: number;
  size: number;
  /** The block's pages, as the harness sees them. */
  pages: Uint8Array;
  /** Where the block lies in its pages. */
  at: number;
  give: () => void;
  readOnly: boolean;
};

/** Largest alignment a type of this size can ask for; 16 is what allocators promise. */
const naturalAlignment = (size: number): number => {
  for (const alignment of [16, 8])
    if (size >= alignment && size % alignment === 0) return alignment;
  if (size >= 8) return 8;
  return size >= 4 ? 4 : size >= 2 ? 2 : 1;
};

export class NativeMemory implements MemorySpace {
  readonly mask: AddressMask;
  private readonly memory: RealMemory = realMemory();
  private readonly page = this.memory.pageSize;
  private readonly slack = Buffer.alloc(this.page, slackByte);
  private readonly blocks = new Map<number, Block>();
  private readonly fresh: Cell[] = [];
  private resting: Cell[] = [];
  private restingFrom = 0;
  private readonly restingLarge: { address: number; bytes: number }[] = [];
  private readonly ranges: { from: number; to: number }[] = [];
  private arenas = 0;

  constructor(isForeign: (address: number) => boolean) {
    this.mask = new AddressMask({
      isBlock: (address) => this.ranges.some(({ from, to }) => address >= from && address < to),
      isMapped: (address) => !isForeign(address) && this.memory.read(address, 1) !== null,
    });
  }

  allocate(size: number, fill: number, protection?: 'read-only', alignment = 0): bigint {
    if (!Number.isSafeInteger(size) || size < 0 || size > 0x400_0000) return 0n;
    const room = Math.max(size, 1);
    const place = room <= this.page ? this.takeCell() : this.mapLarge(room);
    if (!place) return 0n;
    const { pages } = place;
    const step = Math.max(alignment, naturalAlignment(room));
    const at = Math.floor((pages.length - room) / step) * step;
    pages.fill(slackByte);
    pages.fill(fill, at, at + size);
    const start = place.start + at;
    const readOnly = protection === 'read-only';
    if (readOnly) this.memory.protect(place.start, pages.length, 'read');
    this.blocks.set(start, { start, size, pages, at, give: place.give, readOnly });
    this.mask.forget(BigInt(start));
    return BigInt(start);
  }

  allocateMapObject(offset: number, slot: bigint): bigint {
    const size = Math.ceil((offset + 16) / 16) * 16;
    const place = size <= this.page ? this.takeCell() : this.mapLarge(size, offset);
    if (!place) return 0n;
    const { pages } = place;
    pages.fill(0);
    const start = place.end - size;
    const at = pages.length - (place.end - (start + offset));
    new DataView(pages.buffer, pages.byteOffset).setBigUint64(at, BigInt.asUintN(64, slot), true);
    this.memory.protect(place.start, pages.length, 'read');
    this.blocks.set(start, { start, size: 0, pages, at, give: place.give, readOnly: true });
    this.mask.forget(BigInt(start));
    return BigInt(start);
  }

  reclaim(address: bigint): void {
    const block = this.blocks.get(Number(address));
    if (!block) return;
    this.blocks.delete(block.start);
    block.give();
  }

  /** Ends every block: the run is over. */
  reclaimAll(): void {
    for (const block of this.blocks.values()) block.give();
    this.blocks.clear();
  }

  peek(address: bigint, length: number): Uint8Array | null {
    const block = this.blocks.get(Number(address));
    const bytes =
      block && length <= block.size
        ? block.pages.slice(block.at, block.at + length)
        : this.memory.read(Number(address), length);
    return bytes && this.mask.hide(bytes);
  }

  poke(address: bigint, bytes: Uint8Array): void {
    const raw = this.mask.reveal(bytes);
    const block = this.blocks.get(Number(address));
    if (block && !block.readOnly && raw.length <= block.size) block.pages.set(raw, block.at);
    else this.memory.write(Number(address), raw);
  }

  overrun(address: bigint): { offset: number } | null {
    const block = this.blocks.get(Number(address));
    if (!block || block.readOnly) return null;
    const { pages, at, size } = block;
    const end = at + size;
    const isIntact = (from: number, to: number): boolean =>
      this.slack.compare(pages, from, to, 0, to - from) === 0;
    // Past the end first: that is where most overruns go.
    if (!isIntact(end, pages.length)) return { offset: firstOther(pages, end, pages.length) - at };
    const from = Math.max(0, at - this.page);
    return isIntact(from, at) ? null : { offset: firstOther(pages, from, at) - at };
  }

  private takeCell(): Place | null {
    if (this.fresh.length === 0 && this.resting.length - this.restingFrom > restingMin) {
      this.fresh.push(this.resting[this.restingFrom]!);
      this.restingFrom += 1;
      if (this.restingFrom > arenaCells) {
        this.resting = this.resting.slice(this.restingFrom);
        this.restingFrom = 0;
      }
    }
    if (this.fresh.length === 0 && !this.openArena()) return null;
    const cell = this.fresh.pop()!;
    if (!this.memory.protect(cell.start, this.page, 'read-write')) return null;
    return {
      ...cell,
      end: cell.start + this.page,
      give: () => {
        this.memory.protect(cell.start, this.page, 'none');
        this.resting.push(cell);
      },
    };
  }

  private openArena(): boolean {
    if (this.arenas >= arenasMax) return false;
    const bytes = (2 * arenaCells + 1) * this.page;
    const base = this.memory.reserve(bytes);
    if (base === 0) return false;
    this.arenas += 1;
    const whole = viewMemory(base, bytes);
    const from = base;
    this.ranges.push({ from, to: from + bytes });
    for (let i = arenaCells - 1; i >= 0; i -= 1) {
      const offset = (2 * i + 1) * this.page;
      this.fresh.push({ start: from + offset, pages: whole.subarray(offset, offset + this.page) });
    }
    return true;
  }

  /**
   * A mapping of its own; with `openFrom` only the pages from that offset of a block of `size` get
   * access.
   */
  private mapLarge(size: number, openFrom = 0): Place | null {
    const used = Math.ceil(size / this.page) * this.page;
    const bytes = used + 2 * this.page;
    const address = this.memory.reserve(bytes);
    if (address === 0) return null;
    const end = address + this.page + used;
    const start = end - Math.ceil((size - openFrom) / this.page) * this.page;
    const range = { from: address, to: address + bytes };
    if (!this.memory.protect(start, end - start, 'read-write')) {
      this.memory.release(address, bytes);
      return null;
    }
    this.ranges.push(range);
    return {
      start,
      end,
      pages: viewMemory(start, end - start),
      give: () => {
        this.memory.protect(start, end - start, 'none');
        this.restingLarge.push({ address, bytes });
        if (this.restingLarge.length <= restingLargeMax) return;
        const oldest = this.restingLarge.shift()!;
        this.ranges.splice(
          this.ranges.findIndex(({ from }) => from === oldest.address),
          1,
        );
        this.memory.release(oldest.address, oldest.bytes);
      },
    };
  }
}

type Cell = { start: number; pages: Uint8Array };
/** Pages that a block may be laid into, and how to give them back. */
type Place = Cell & { end: number; give: () => void };

const firstOther = (bytes: Uint8Array, from: number, to: number): number => {
  for (let i = from; i < to; i += 1) if (bytes[i] !== slackByte) return i;
  return to;
};

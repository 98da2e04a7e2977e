/**
 * Buffers handed to a native provider for one call: exact-sized, against a page without access, read-only where the
 * contract says `const`, overwritten when the call is over and watched for use after that.
 */
import type { BufferName, Damage } from '../trace/event.ts';
import { staleByte, staleContents } from './guarded-buffer.ts';
import { viewMemory } from './koffi-binding.ts';
import { realMemory, type RealMemory } from './real-memory.ts';

/** Around a writable buffer, inside its pages. */
const guardByte = 0x6b;
/** One-page sheets; more than a callback takes, so that a finished call's bytes stay stale for a while. */
const readSheets = 48;
const writeSheets = 32;
/** More are opened when a run has many bindings. */
const sheetsAtATime = 96;
const sheetsMax = 8_000;
/** Bytes kept free behind a box, so that a write beyond it is damage and no fault. */
const boxMargin = 16;
/** Out buffers of this many finished calls are looked at again. */
const keptMax = 8;

type Sheet = {
  start: number;
  own: Buffer;
  isReadOnly: boolean;
  isMirrored: boolean;
  busy: boolean;
};

/** A buffer on loan to one call. */
export type LentBuffer = {
  name: BufferName;
  address: bigint;
  size: number;
  sheet: Sheet;
  /** Where the buffer lies in its sheet. */
  at: number;
};

const staleOf = (name: BufferName): number =>
  name in staleByte ? staleByte[name as keyof typeof staleByte] : 0xb5;

const stales = new Map<number, Buffer>();

/** At least `size` stale bytes. */
const staleBuffer = (name: BufferName, size: number): Buffer => {
  const byte = staleOf(name);
  let known = stales.get(byte);
  if (!known || known.length < size) stales.set(byte, (known = Buffer.alloc(size + 64, byte)));
  return known;
};

const bufferAt = (address: number, bytes: number): Buffer =>
  Buffer.from(viewMemory(address, bytes).buffer);

export class CallBuffers {
  private readonly memory: RealMemory = realMemory();
  private readonly page = this.memory.pageSize;
  private readonly guard = Buffer.alloc(this.page, guardByte);
  private readonly sheets: Record<'read' | 'write', Sheet[]>;
  private readonly large: Sheet[] = [];
  private kept: { callback: string; lent: LentBuffer }[] = [];
  private next = { read: 0, write: 0 };

  constructor() {
    this.sheets = { read: this.open(readSheets, 'read'), write: this.open(writeSheets, 'write') };
  }

  /** Bytes that the provider may read. `isOdd`: at an address that no alignment fits. */
  lendConst(name: BufferName, contents: Uint8Array, isOdd = false): LentBuffer {
    const sheet = this.take('read', contents.length + 1);
    let at = sheet.own.length - contents.length;
    if (isOdd && (sheet.start + at) % 2 === 0) at -= 1;
    this.unseal(sheet);
    sheet.own.set(contents, at);
    if (at + contents.length < sheet.own.length) sheet.own[sheet.own.length - 1] = guardByte;
    this.seal(sheet);
    return this.lent(name, sheet, at, contents.length);
  }

  /** Read-only structures that stay to the end of the run; `overwrite` changes them meanwhile. */
  layOut(contents: Uint8Array): LentBuffer {
    return this.lendConst('client_data', contents);
  }

  /** Other bytes in a buffer's place, from its start on. */
  overwrite(lent: LentBuffer, bytes: Uint8Array): void {
    this.unseal(lent.sheet);
    lent.sheet.own.set(bytes, lent.at);
    this.seal(lent.sheet);
  }

  /** Read-only bytes that no run's end takes away. */
  layForEver(contents: Uint8Array): bigint {
    const lent = this.lendConst('client_data', contents);
    for (const sheets of [this.sheets.read, this.large]) {
      const at = sheets.indexOf(lent.sheet);
      if (at >= 0) sheets.splice(at, 1);
    }
    return lent.address;
  }

  /** Bytes that the provider may write; one byte too many faults. */
  lendOut(name: BufferName, contents: Uint8Array): LentBuffer {
    return this.lendWritable(name, contents, 0);
  }

  /** A small out parameter, guarded by known bytes on both sides. */
  lendBox(name: BufferName, contents: Uint8Array): LentBuffer {
    return this.lendWritable(name, contents, boxMargin);
  }

  /** What the buffer holds now. */
  bytes(lent: LentBuffer): Uint8Array {
    // A plain array, not a Buffer: the slice of a Buffer shares its bytes.
    const copy = new Uint8Array(lent.size);
    lent.sheet.own.copy(copy, 0, lent.at, lent.at + lent.size);
    return copy;
  }

  /** Harm around a writable buffer. */
  inspect(lent: LentBuffer): Damage[] {
    const { sheet, at, size, name } = lent;
    if (sheet.isReadOnly) return [];
    const { own } = sheet;
    const from = Math.max(0, at - this.page);
    const isIntact = (start: number, end: number): boolean =>
      own.compare(this.guard, 0, end - start, start, end) === 0;
    for (const [start, end] of [
      [at + size, own.length],
      [from, at],
    ] as const) {
      if (isIntact(start, end)) continue;
      let i = start;
      while (own[i] === guardByte) i += 1;
      return [{ what: 'overrun', buffer: name, offset: i - at }];
    }
    return [];
  }

  /** The calls' buffers come back: overwritten, so that a late reader gives itself away. */
  retire(callback: string, buffers: readonly (LentBuffer | null)[]): void {
    for (const lent of buffers) {
      if (!lent) continue;
      const { sheet, at, size, name } = lent;
      this.unseal(sheet);
      sheet.own.fill(staleOf(name), at, at + size);
      this.seal(sheet);
      sheet.busy = false;
      if (!sheet.isReadOnly && size > 0) this.kept.push({ callback, lent });
    }
    if (this.kept.length > keptMax) this.kept = this.kept.slice(-keptMax);
  }

  /** Writes into buffers whose call is over, seen since the last look. */
  written(): Damage[] {
    const damage: Damage[] = [];
    for (const { callback, lent } of this.kept) {
      const { sheet, at, size, name } = lent;
      if (sheet.busy) continue;
      const { own } = sheet;
      const stale = staleBuffer(name, size);
      if (own.compare(stale, 0, size, at, at + size) === 0) continue;
      own.fill(staleOf(name), at, at + size);
      damage.push({ what: 'kept', buffer: name, callback, how: 'written' });
    }
    return damage;
  }

  /** The run is over: nothing of it is looked at again, everything is free. */
  reset(): void {
    this.kept = [];
    this.next = { read: 0, write: 0 };
    for (const sheet of [...this.sheets.read, ...this.sheets.write, ...this.large])
      sheet.busy = false;
  }

  private lendWritable(name: BufferName, contents: Uint8Array, margin: number): LentBuffer {
    const sheet = this.take('write', contents.length + margin);
    const at = sheet.own.length - contents.length - margin;
    sheet.own.fill(guardByte);
    sheet.own.set(contents, at);
    // The sheet serves this call now: what an earlier one left in it is gone.
    this.kept = this.kept.filter(({ lent }) => lent.sheet !== sheet);
    return this.lent(name, sheet, at, contents.length);
  }

  private lent(name: BufferName, sheet: Sheet, at: number, size: number): LentBuffer {
    return { name, address: BigInt(sheet.start + at), size, sheet, at };
  }

  private take(use: 'read' | 'write', room: number): Sheet {
    const sheets = this.sheets[use];
    if (room <= this.page) {
      for (let i = 0; i < sheets.length; i += 1) {
        const sheet = sheets[(this.next[use] + i) % sheets.length]!;
        if (sheet.busy) continue;
        this.next[use] = (this.next[use] + i + 1) % sheets.length;
        sheet.busy = true;
        return sheet;
      }
      if (sheets.length < sheetsMax) {
        this.next[use] = sheets.length;
        sheets.push(...this.open(sheetsAtATime, use));
        return this.take(use, room);
      }
    }
    return this.takeLarge(use, room);
  }

  /** Beyond a page, or when calls are nested deeper than there are sheets. */
  private takeLarge(use: 'read' | 'write', room: number): Sheet {
    const isReadOnly = use === 'read';
    const free = this.large.find(
      (sheet) => !sheet.busy && sheet.isReadOnly === isReadOnly && sheet.own.length >= room,
    );
    if (free) {
      free.busy = true;
      return free;
    }
    const bytes = Math.ceil(room / this.page) * this.page;
    const base = this.memory.reserve(bytes + 2 * this.page);
    const start = base + this.page;
    this.memory.protect(start, bytes, 'read-write');
    const own = bufferAt(start, bytes);
    const sheet = { start, own, isReadOnly, isMirrored: false, busy: true };
    this.large.push(sheet);
    return sheet;
  }

  private open(count: number, use: 'read' | 'write'): Sheet[] {
    const { page, memory } = this;
    const access = use === 'read' ? 'read' : 'read-write';
    const base = memory.reserve((2 * count + 1) * page);
    const places = Array.from({ length: count }, (_, i) => base + (2 * i + 1) * page);
    const mirrored = memory.mirror(places, access);
    return places.map((place, i) => {
      if (!mirrored) memory.protect(place, page, access);
      return {
        start: place,
        own: mirrored
          ? Buffer.from(mirrored.buffer, mirrored.byteOffset + i * page, page)
          : bufferAt(place, page),
        isReadOnly: use === 'read',
        isMirrored: mirrored !== null,
        busy: false,
      };
    });
  }

  /** Without a second mapping a const sheet opens for the harness's own writes. */
  private unseal(sheet: Sheet): void {
    if (sheet.isMirrored || !sheet.isReadOnly) return;
    this.memory.protect(sheet.start, sheet.own.length, 'read-write');
  }

  private seal(sheet: Sheet): void {
    if (sheet.isMirrored || !sheet.isReadOnly) return;
    this.memory.protect(sheet.start, sheet.own.length, 'read');
  }
}

/** Stale bytes of an earlier call in what a provider wrote, as damage. */
export const staleDamage = (
  callback: string,
  wrote: Uint8Array,
  given: readonly (Uint8Array | null | undefined)[],
): Damage[] => {
  const stale = staleContents(
    wrote,
    given.filter((one): one is Uint8Array => Boolean(one)),
  );
  return stale ? [{ what: 'kept', buffer: stale, callback, how: 'read' }] : [];
};

/**
 * Buffers handed to a native provider for one call: exact-sized, against a page without access,
 * read-only where the contract says `const`, overwritten when the call is over and watched for use
 * after that.
 */
import type { Relaxation } from '../provider/port.ts';
import type { BufferName, Damage } from '../trace/damage.ts';
import { BufferSheets, type Sheet } from './buffer-sheets.ts';
import { staleByte, staleContents } from './guarded-buffer.ts';

/** Around a writable buffer, inside its pages. */
const guardByte = 0x6b;
/** Bytes kept free behind a box, so that a write beyond it is damage and no fault. */
const boxMargin = 16;
/** Out buffers of this many finished calls are looked at again. */
const keptMax = 8;
/** Every so many buffers of a name lie at the front of their page. */
const frontEvery = 4;

/** A buffer on loan to one call. */
export type LentBuffer = {
  name: BufferName;
  address: bigint;
  size: number;
  sheet: Sheet;
  /** Where the buffer lies in its sheet. */
  at: number;
  /** What it must still hold after the call; null when it may be written. */
  given: Uint8Array | null;
  /** The subject gave it to somebody who frees memory. */
  isReleased: boolean;
};

/** Buffers that are somebody else's memory, not out parameters of the runtime. */
const elementBuffers: readonly BufferName[] = ['key', 'in_value', 'value', 'out_value'];
const neverRelaxed: readonly BufferName[] = ['client_data', 'client_table'];

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

export class CallBuffers {
  private readonly sheets = new BufferSheets();
  private readonly page = this.sheets.page;
  private readonly guard = Buffer.alloc(2 * this.page, guardByte);
  private relaxation: Relaxation | null = null;
  private readonly watched = new Set<LentBuffer>();
  private readonly turns = new Map<BufferName, number>();
  private kept: { callback: string; lent: LentBuffer }[] = [];

  /** Bytes that the provider may read. `isOdd`: at an address that no alignment fits. */
  lendConst(name: BufferName, contents: Uint8Array, isOdd = false): LentBuffer {
    const sheet = this.sheetFor(name, 'read', contents.length + 1);
    let at = sheet.own.length - sheet.slack - contents.length;
    if (isOdd && (sheet.start + at) % 2 === 0) at -= 1;
    else if (!isOdd && this.isFrontDue(name, sheet)) at = 0;
    this.sheets.unseal(sheet);
    if (sheet.slack > 0) sheet.own.fill(guardByte);
    sheet.own.set(contents, at);
    if (at + contents.length < sheet.own.length)
      sheet.own.fill(guardByte, Math.max(at + contents.length, sheet.own.length - this.page));
    this.sheets.seal(sheet);
    this.forget(sheet);
    return this.lent(name, sheet, at, contents);
  }

  /**
   * Reads behind a buffer are likelier than reads before it: of the elements' buffers every fourth
   * begins at a page without access, all others end there.
   */
  private isFrontDue(name: BufferName, sheet: Sheet): boolean {
    if (sheet.slack > 0 || !elementBuffers.includes(name)) return false;
    const turn = (this.turns.get(name) ?? 0) + 1;
    this.turns.set(name, turn);
    return turn % frontEvery === 0;
  }

  /** From now on buffers lie so; null: against pages without access. */
  relax(relaxation: Relaxation | null): void {
    this.relaxation = relaxation;
  }

  /** These are in the subject's hands until they are retired. */
  watch(buffers: readonly (LentBuffer | null)[]): void {
    for (const lent of buffers)
      if (lent && elementBuffers.includes(lent.name)) this.watched.add(lent);
  }

  /**
   * The subject frees this: true when it lies in a buffer of a call in progress, which is damage to
   * that.
   */
  release(address: bigint): boolean {
    for (const lent of this.watched) {
      const offset = address - lent.address;
      if (offset < 0n || offset >= BigInt(Math.max(1, lent.size))) continue;
      lent.isReleased = true;
      return true;
    }
    return false;
  }

  /** Read-only structures that stay to the end of the run; `overwrite` changes them meanwhile. */
  layOut(contents: Uint8Array): LentBuffer {
    return this.lendConst('client_data', contents);
  }

  /** Other bytes in a buffer's place, from its start on. */
  overwrite(lent: LentBuffer, bytes: Uint8Array): void {
    this.sheets.unseal(lent.sheet);
    lent.sheet.own.set(bytes, lent.at);
    this.sheets.seal(lent.sheet);
  }

  /** Read-only bytes that no run's end takes away. */
  layForEver(contents: Uint8Array): bigint {
    const lent = this.lendConst('client_data', contents);
    this.sheets.keep(lent.sheet);
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

  /** What was done to a buffer, and around one whose surroundings can be written. */
  inspect(lent: LentBuffer): Damage[] {
    const { name, sheet, given, isReleased, at } = lent;
    const released: Damage[] = isReleased ? [{ what: 'released', buffer: name }] : [];
    if (sheet.isReadOnly) return released;
    const isIntact = !given || Buffer.compare(given, sheet.own.subarray(at, at + lent.size)) === 0;
    const modified: Damage[] = isIntact ? [] : [{ what: 'modified', buffer: name }];
    return [...released, ...modified, ...this.overrun(lent)];
  }

  private overrun({ sheet, at, size, name }: LentBuffer): Damage[] {
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
      this.watched.delete(lent);
      const { sheet, at, size, name } = lent;
      this.sheets.unseal(sheet);
      sheet.own.fill(staleOf(name), at, at + size);
      this.sheets.seal(sheet);
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
    this.watched.clear();
    this.turns.clear();
    this.relaxation = null;
    this.sheets.reset();
  }

  private lendWritable(name: BufferName, contents: Uint8Array, margin: number): LentBuffer {
    const sheet = this.sheetFor(name, 'write', contents.length + margin);
    const at = sheet.own.length - sheet.slack - contents.length - margin;
    sheet.own.fill(guardByte);
    sheet.own.set(contents, at);
    this.forget(sheet);
    return { ...this.lent(name, sheet, at, contents), given: null };
  }

  private lent(name: BufferName, sheet: Sheet, at: number, given: Uint8Array): LentBuffer {
    const address = BigInt(sheet.start + at);
    return { name, address, size: given.length, sheet, at, given, isReleased: false };
  }

  /** The sheet serves a call now: what an earlier one left in it is gone. */
  private forget(sheet: Sheet): void {
    if (!sheet.isReadOnly) this.kept = this.kept.filter(({ lent }) => lent.sheet !== sheet);
  }

  private sheetFor(name: BufferName, use: 'read' | 'write', room: number): Sheet {
    const relax = this.relaxation;
    const isRelaxed =
      relax?.buffers === name || (relax?.buffers === 'all' && !neverRelaxed.includes(name));
    if (!isRelaxed) return this.sheets.take(use, room);
    return this.sheets.takeRelaxed(use === 'read' && relax!.access === 'longer', room);
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

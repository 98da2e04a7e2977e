/**
 * The pages that buffers of native calls lie in: sheets between pages without access, read-only
 * ones with a second mapping that only the harness writes through, and relaxed ones for repeated
 * runs (host/autopsy).
 */
import { viewMemory } from './koffi-binding.ts';
import { realMemory, type RealMemory } from './real-memory.ts';

/**
 * One-page sheets; more than a callback takes, so that a finished call's bytes stay stale for a
 * while.
 */
const readSheets = 48;
const writeSheets = 32;
/** More are opened when a run has many bindings. */
const sheetsAtATime = 96;
const sheetsMax = 8_000;
/** Relaxed sheets that are there before one is used again. */
const relaxedSheets = 48;

/** Pages for one buffer at a time. */
export type Sheet = {
  start: number;
  own: Buffer;
  isReadOnly: boolean;
  isMirrored: boolean;
  busy: boolean;
  /** Bytes on either side that lie open: none in a run that is not relaxed. */
  slack: number;
};

const bufferAt = (address: number, bytes: number): Buffer =>
  Buffer.from(viewMemory(address, bytes).buffer);

export class BufferSheets {
  private readonly memory: RealMemory = realMemory();
  readonly page = this.memory.pageSize;
  private readonly sheets: Record<'read' | 'write', Sheet[]>;
  private readonly large: Sheet[] = [];
  private readonly relaxed: Sheet[] = [];
  private next = { read: 0, write: 0, relaxed: 0 };

  constructor() {
    this.sheets = { read: this.open(readSheets, 'read'), write: this.open(writeSheets, 'write') };
  }

  take(use: 'read' | 'write', room: number): Sheet {
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

  /**
   * With a page of guard bytes on either side. By turns, so that finished calls' bytes stay stale
   * for a while.
   */
  takeRelaxed(isReadOnly: boolean, room: number): Sheet {
    const { relaxed, page } = this;
    const bytes = Math.ceil(room / page) * page + 2 * page;
    for (let i = 0; relaxed.length >= relaxedSheets && i < relaxed.length; i += 1) {
      const at = (this.next.relaxed + i) % relaxed.length;
      const sheet = relaxed[at]!;
      if (sheet.busy || sheet.isReadOnly !== isReadOnly || sheet.own.length !== bytes) continue;
      this.next.relaxed = at + 1;
      sheet.busy = true;
      return sheet;
    }
    const sheet = { ...this.openLarge(bytes, isReadOnly), slack: page };
    relaxed.push(sheet);
    return sheet;
  }

  /** The sheet is out of use for good: what it holds stays. */
  keep(sheet: Sheet): void {
    for (const sheets of [this.sheets.read, this.large]) {
      const at = sheets.indexOf(sheet);
      if (at >= 0) sheets.splice(at, 1);
    }
  }

  /** Everything is free. */
  reset(): void {
    this.next = { read: 0, write: 0, relaxed: 0 };
    const { read, write } = this.sheets;
    for (const sheet of [...read, ...write, ...this.large, ...this.relaxed]) sheet.busy = false;
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
    const sheet = this.openLarge(Math.ceil(room / this.page) * this.page, isReadOnly);
    this.large.push(sheet);
    return sheet;
  }

  private openLarge(bytes: number, isReadOnly: boolean): Sheet {
    const base = this.memory.reserve(bytes + 2 * this.page);
    const start = base + this.page;
    this.memory.protect(start, bytes, 'read-write');
    const own = bufferAt(start, bytes);
    return { start, own, isReadOnly, isMirrored: false, busy: true, slack: 0 };
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
        slack: 0,
      };
    });
  }

  /** Without a second mapping a const sheet opens for the harness's own writes. */
  unseal(sheet: Sheet): void {
    if (sheet.isMirrored || !sheet.isReadOnly) return;
    this.memory.protect(sheet.start, sheet.own.length, 'read-write');
  }

  seal(sheet: Sheet): void {
    if (sheet.isMirrored || !sheet.isReadOnly) return;
    this.memory.protect(sheet.start, sheet.own.length, 'read');
  }
}

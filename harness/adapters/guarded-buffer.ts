/**
 * Buffers handed to a simulated provider: exact-sized views with guard bytes around them, compared
 * after the call, overwritten when it is over and watched for use after that.
 */
import type { BufferName, Damage } from '../trace/damage.ts';

const guardBytes = 16;
const guardByte = 0x6b;
/** Buffers of finished calls that are still watched. */
const keptMax = 24;

/**
 * Each kind of buffer is overwritten with a byte of its own, so that a late reader gives itself
 * away.
 */
export const staleByte: Record<'key' | 'in_value' | 'value' | 'out_value', number> = {
  key: 0xb1,
  in_value: 0xb2,
  value: 0xb3,
  out_value: 0xb4,
};

/** Shorter runs of a stale byte may be chance. */
const staleRunMin = 4;

type Name = keyof typeof staleByte;

export type Guarded = {
  name: Name;
  /** The view with its guard bytes; empty once its ArrayBuffer was detached. */
  whole: Uint8Array;
  view: Uint8Array;
  /** What it held when handed over. */
  given: Uint8Array;
  writable: boolean;
};

/** Guard bytes around nothing yet, by size: copying one is cheaper than filling it each time. */
const templates = new Map<number, Uint8Array>();
const template = (size: number): Uint8Array => {
  let made = templates.get(size);
  if (!made) templates.set(size, (made = new Uint8Array(size + 2 * guardBytes).fill(guardByte)));
  return made;
};

/**
 * A buffer with these contents; `writable` out buffers may change inside their bounds. Buffers that
 * are only read end where their ArrayBuffer ends, so that a DataView beyond them throws. `odd` puts
 * the contents at an odd offset, where no typed array wider than a byte can be laid over them.
 */
export const guarded = (
  name: Name,
  contents: Uint8Array,
  writable: boolean,
  odd?: true,
): Guarded => {
  const front = odd ? guardBytes + 1 : guardBytes;
  const whole = template(contents.length + 1).slice(
    0,
    front + contents.length + (writable ? guardBytes : 0),
  );
  const view = whole.subarray(front, front + contents.length);
  view.set(contents);
  return { name, whole, view, given: contents, writable };
};

const none: Damage[] = [];

/**
 * What was done to the buffer, read after the call. The loops are plain because every call pays for
 * them.
 */
export const inspect = (buffer: Guarded): Damage[] => {
  const { whole, view, given, name } = buffer;
  if (whole.length === 0) return [{ what: 'released', buffer: name as BufferName }];
  let modified = false;
  if (!buffer.writable) {
    for (let i = 0; i < given.length; i += 1) if (view[i] !== given[i]) modified = true;
  }
  const overrun = brokenGuard(whole, view.byteOffset, given.length);
  if (!modified && overrun === null) return none;
  return [
    ...(modified ? [{ what: 'modified' as const, buffer: name }] : []),
    ...(overrun === null ? [] : [{ what: 'overrun' as const, buffer: name, offset: overrun }]),
  ];
};

const brokenGuard = (whole: Uint8Array, front: number, length: number): number | null => {
  for (let i = 0; i < front; i += 1) if (whole[i] !== guardByte) return i - front;
  for (let i = front + length; i < whole.length; i += 1)
    if (whole[i] !== guardByte) return i - front;
  return null;
};

/**
 * Remembers the buffers of finished calls, overwritten, and tells which were written afterwards.
 */
export class KeptBuffers {
  /** A ring: the oldest gives way. */
  private readonly kept: { call: number; callback: string; buffer: Guarded }[] = [];
  private next = 0;
  private readonly noted: Damage[] = [];

  private turns = 0;

  /** True every other time: for what is filled by turns. */
  turn(): boolean {
    this.turns += 1;
    return this.turns % 2 === 0;
  }

  /** Harm to something of an earlier call that was seen at once; told with the next look. */
  note(damage: Damage): void {
    this.noted.push(damage);
  }

  retire(call: number, callback: string, buffers: readonly Guarded[]): void {
    for (const buffer of buffers) {
      if (buffer.view.length === 0) continue;
      buffer.view.fill(staleByte[buffer.name]);
      this.kept[this.next] = { call, callback, buffer };
      this.next = (this.next + 1) % keptMax;
    }
  }

  /** Writes into buffers whose call is over, seen since the last look. */
  written(): Damage[] {
    const damage = this.noted.splice(0);
    for (const { callback, buffer } of this.kept) {
      const { view } = buffer;
      const stale = staleByte[buffer.name];
      let intact = true;
      for (let i = 0; i < view.length; i += 1) if (view[i] !== stale) intact = false;
      if (intact) continue;
      damage.push({ what: 'kept', buffer: buffer.name, callback, how: 'written' });
      view.fill(stale);
    }
    return damage;
  }
}

/**
 * Stale contents of an earlier call's buffer in bytes a provider produced; null when there are
 * none.
 */
export const staleContents = (bytes: Uint8Array, given: readonly Uint8Array[]): Name | null => {
  if (bytes.length < staleRunMin) return null;
  for (const name of ['in_value', 'value', 'key', 'out_value'] as const) {
    const stale = staleByte[name];
    let run = 0;
    for (const byte of bytes) {
      run = byte === stale ? run + 1 : 0;
      if (run < staleRunMin) continue;
      // The caller may have given such bytes itself.
      if (given.some((one) => one.includes(stale))) break;
      return name;
    }
  }
  return null;
};

/**
 * Buffers handed to a simulated provider: exact-sized views with guard bytes around them, compared
 * after the call, overwritten when it is over and watched for use after that.
 */
import type { BufferName, Damage } from '../trace/event.ts';

const guardBytes = 16;
const guardByte = 0x6b;
/** Kept for this many calls after the one they belonged to. */
const keptMax = 48;

/** Each kind of buffer is overwritten with a byte of its own, so that a late reader gives itself away. */
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
  view: Uint8Array;
  /** What it held when handed over. */
  given: Uint8Array;
  writable: boolean;
};

/** A buffer with these contents; `writable` out buffers may change inside their bounds. */
export const guarded = (name: Name, contents: Uint8Array, writable: boolean): Guarded => {
  const whole = new Uint8Array(contents.length + 2 * guardBytes).fill(guardByte);
  const view = whole.subarray(guardBytes, guardBytes + contents.length);
  view.set(contents);
  return { name, view, given: contents.slice(), writable };
};

/** What was done to the buffer, read after the call. */
export const inspect = (buffer: Guarded): Damage[] => {
  const { view, given, name } = buffer;
  if (view.buffer.byteLength === 0) return [{ what: 'released', buffer: name as BufferName }];
  const damage: Damage[] = [];
  if (!buffer.writable && view.some((byte, i) => byte !== given[i])) {
    damage.push({ what: 'modified', buffer: name });
  }
  const whole = new Uint8Array(view.buffer);
  for (let i = 0; i < whole.length; i += 1) {
    const inside = i >= guardBytes && i < guardBytes + given.length;
    if (inside || whole[i] === guardByte) continue;
    damage.push({ what: 'overrun', buffer: name, offset: i - guardBytes });
    break;
  }
  return damage;
};

/** Remembers the buffers of finished calls, overwritten, and tells which were written afterwards. */
export class KeptBuffers {
  private kept: { call: number; callback: string; buffer: Guarded }[] = [];
  private noted: Damage[] = [];

  /** Harm to something of an earlier call that was seen at once; told with the next look. */
  note(damage: Damage): void {
    this.noted.push(damage);
  }

  retire(call: number, callback: string, buffers: readonly Guarded[]): void {
    for (const buffer of buffers) {
      if (buffer.view.buffer.byteLength === 0 || buffer.view.length === 0) continue;
      buffer.view.fill(staleByte[buffer.name]);
      this.kept.push({ call, callback, buffer });
    }
    if (this.kept.length > keptMax) this.kept = this.kept.slice(-keptMax);
  }

  /** Writes into buffers whose call is over, seen since the last look. */
  written(): Damage[] {
    const damage: Damage[] = this.noted;
    this.noted = [];
    for (const { callback, buffer } of this.kept) {
      const stale = staleByte[buffer.name];
      if (buffer.view.length === 0 || buffer.view.every((byte) => byte === stale)) continue;
      damage.push({ what: 'kept', buffer: buffer.name, callback, how: 'written' });
      if (buffer.view.buffer.byteLength) buffer.view.fill(stale);
    }
    return damage;
  }
}

/** Stale contents of an earlier call's buffer in bytes a provider produced; null when there are none. */
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

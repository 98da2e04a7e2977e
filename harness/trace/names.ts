/**
 * Short names for the keys and values of a trace, in order of appearance: `k1`, `k2` for keys, `A`,
 * `B` for values that were given, `A*` for what the provider stored for `A`. People compare names
 * better than bytes.
 */
import type { TraceEvent } from './event.ts';
import { shortHex } from './printable.ts';

export type Names = {
  /** The name of these bytes, or the bytes. */
  key: (hex: string) => string;
  value: (hex: string) => string;
  /** The name of what a plan means by this key or value; null: the trace does not tell. */
  ref: (kind: 'key' | 'value', ref: unknown, op: number) => string | null;
  /** Every name with its bytes, in order. */
  legend: readonly { name: string; hex: string }[];
};

/** No names: bytes stay bytes. */
export const unnamed: Names = { key: shortHex, value: shortHex, ref: () => null, legend: [] };

const updates = 'preprocess_map_update_element';

/** `A` … `Z`, `A1` … */
const letterOf = (index: number): string =>
  String.fromCharCode(65 + (index % 26)) + (index < 26 ? '' : String(Math.floor(index / 26)));

class Book {
  readonly legend: { name: string; hex: string }[] = [];
  private readonly keys = new Map<string, string>();
  private readonly values = new Map<string, string>();
  private letters = 0;
  private readonly storedOf = new Map<string, number>();

  nameKey(hex: string): void {
    if (hex === '' || this.keys.has(hex)) return;
    this.add(this.keys, hex, `k${this.keys.size + 1}`);
  }

  nameValue(hex: string): void {
    if (hex === '' || this.values.has(hex)) return;
    this.add(this.values, hex, letterOf(this.letters));
    this.letters += 1;
  }

  /** What is stored for a value: each different form gets a star and, from the second, a number. */
  nameStored(given: string, hex: string): void {
    if (hex === '' || this.values.has(hex)) return;
    const of = this.values.get(given);
    if (of === undefined) return;
    const before = this.storedOf.get(given) ?? 0;
    this.storedOf.set(given, before + 1);
    this.add(this.values, hex, `${of}*${before === 0 ? '' : before + 1}`);
  }

  private add(names: Map<string, string>, hex: string, name: string): void {
    names.set(hex, name);
    this.legend.push({ name, hex: shortHex(hex) });
  }

  key(hex: string): string {
    return this.keys.get(hex) ?? shortHex(hex);
  }

  value(hex: string): string {
    return this.values.get(hex) ?? shortHex(hex);
  }
}

/** The names of one trace. */
export const namesIn = (trace: readonly TraceEvent[]): Names => {
  const book = new Book();
  const given = new Map<number, string>();
  const firstOf = new Map<number, { key?: string | null; value?: string | null }>();
  for (const event of trace) {
    if (event.kind === 'callback-entered') {
      const { key, value, call, op, callback } = event;
      if (typeof key === 'string') book.nameKey(key);
      if (typeof value === 'string') book.nameValue(value);
      if (typeof value === 'string' && callback === updates) given.set(call, value);
      if (op > 0 && key !== undefined && !firstOf.has(op)) firstOf.set(op, event);
    } else if (event.kind === 'callback-returned' && typeof event.out === 'string') {
      const value = given.get(event.call);
      if (value !== undefined && value !== event.out) book.nameStored(value, event.out);
    }
  }
  return {
    key: (hex) => book.key(hex),
    value: (hex) => book.value(hex),
    ref: (kind, ref, op) => {
      if (typeof ref !== 'number') return null;
      const seen = firstOf.get(op);
      const hex = kind === 'key' ? seen?.key : seen?.value;
      // Only an update is handed the value that its operation names.
      return typeof hex === 'string' ? (kind === 'key' ? book.key(hex) : book.value(hex)) : null;
    },
    legend: book.legend,
  };
};

/**
 * Keeps raw addresses out of the runtime and so out of traces: a word of provider bytes that is an
 * address becomes a token, numbered in order of appearance, and turns back into the address when
 * the bytes go to the provider again.
 */

/** First bytes of a token; the last four count. No user-space address looks like one. */
const mark = [0xb1, 0x0c, 0, 0] as const;
const wordBytes = 8;
/** Fewer leading bytes of an address tell nothing. */
const partBytesMin = 4;

/** Nothing is ever mapped below. */
const lowestAddress = 0x10000;
const low = 2 ** 32;
/** 47 bits are user space on every 64-bit target. */
const highEnd = 0x8000;

export class AddressMask {
  private tokens = new Map<number, number>();
  private raws: number[] = [];
  /**
   * Addresses whose value was deleted: given out again they are another thing at a reused address.
   */
  private readonly released = new Set<number>();
  /**
   * Words below 4 GiB that the runtime handed in: numbers, though something may be mapped there, as
   * much is under Windows.
   */
  private readonly numbers = new Set<number>();
  private readonly isBlock: (address: number) => boolean;
  private readonly isMapped: (address: number) => boolean;

  constructor(parts: {
    /** Whether the address lies in memory that the harness allocated for the subject. */
    isBlock: (address: number) => boolean;
    /** Whether something is mapped there, the harness's own program aside. */
    isMapped: (address: number) => boolean;
  }) {
    this.isBlock = parts.isBlock;
    this.isMapped = parts.isMapped;
  }

  /** The run is over: numbering begins anew. */
  reset(): void {
    this.tokens = new Map();
    this.raws = [];
    this.released.clear();
    this.numbers.clear();
  }

  /** Memory at this address is new: what was there before has no part in it. */
  forget(address: bigint): void {
    this.tokens.delete(Number(address));
  }

  /**
   * Bytes from the provider, addresses replaced. `given`: raw bytes it was handed, whose parts may
   * show up cut.
   */
  hide(bytes: Uint8Array, given: Uint8Array | null = null): Uint8Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let hidden: Uint8Array | null = null;
    for (let at = 0; at + wordBytes <= bytes.length; at += partBytesMin) {
      const address = this.addressAt(view, at);
      if (address === 0) continue;
      hidden ??= bytes.slice();
      hidden.set(tokenBytes(this.numberOf(address)), at);
      at += wordBytes - partBytesMin;
    }
    if (given && bytes.length < wordBytes) hidden = this.hidePart(bytes, given);
    return hidden ?? bytes;
  }

  /** Bytes of the runtime with their addresses put back. */
  reveal(bytes: Uint8Array): Uint8Array {
    let revealed: Uint8Array | null = null;
    for (let at = 0; at + wordBytes <= bytes.length; at += partBytesMin) {
      if (mark.some((byte, i) => bytes[at + i] !== byte)) {
        if (at % wordBytes === 0) this.noteNumber(bytes, at);
        continue;
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, wordBytes);
      const raw = this.raws[view.getUint32(4) - 1];
      if (raw === undefined) continue;
      revealed ??= bytes.slice();
      new DataView(revealed.buffer).setBigUint64(at, BigInt(raw), true);
    }
    return revealed ?? bytes;
  }

  private noteNumber(bytes: Uint8Array, at: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, wordBytes);
    const number = view.getUint32(0, true);
    const isLow = view.getUint32(wordBytes / 2, true) === 0;
    if (isLow && number >= lowestAddress && !this.tokens.has(number)) this.numbers.add(number);
  }

  /**
   * A value that the provider was told to release: its addresses may come back as something else.
   */
  release(raw: Uint8Array): void {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    for (let at = 0; at + wordBytes <= raw.length; at += partBytesMin) {
      const address = view.getUint32(at, true) + view.getUint32(at + 4, true) * low;
      if (this.tokens.has(address) && !this.isBlock(address)) this.released.add(address);
    }
  }

  /** Text of the subject with everything that is an address taken out. */
  hideText(text: string): string {
    return text.replace(/\b(0x)?[0-9a-fA-F]{6,16}\b/g, (word) => {
      const value = Number.parseInt(word, 16);
      const isAddress = value >= lowestAddress && value < highEnd * low && this.isAddress(value);
      return isAddress ? '<address>' : word;
    });
  }

  private hidePart(bytes: Uint8Array, given: Uint8Array): Uint8Array | null {
    if (bytes.length < partBytesMin || given.length < wordBytes) return null;
    const view = new DataView(given.buffer, given.byteOffset, given.length);
    for (let at = 0; at + wordBytes <= given.length; at += partBytesMin) {
      const address = this.addressAt(view, at);
      if (address === 0) continue;
      if (bytes.some((byte, i) => byte !== given[at + i])) continue;
      return tokenBytes(this.numberOf(address)).slice(0, bytes.length);
    }
    return null;
  }

  private addressAt(view: DataView, at: number): number {
    const high = view.getUint32(at + 4, true);
    const lower = view.getUint32(at, true);
    if (high >= highEnd) return 0;
    if (high === 0 && (lower < lowestAddress || at % wordBytes !== 0)) return 0;
    if (high === 0 && this.numbers.has(lower)) return 0;
    const address = high * low + lower;
    return this.isAddress(address) ? address : 0;
  }

  private isAddress(address: number): boolean {
    return this.tokens.has(address) || this.isBlock(address) || this.isMapped(address);
  }

  private numberOf(address: number): number {
    const known = this.tokens.get(address);
    if (known !== undefined && !this.released.has(address)) return known;
    this.released.delete(address);
    this.raws.push(address);
    this.tokens.set(address, this.raws.length);
    return this.raws.length;
  }
}

const tokenBytes = (number: number): Uint8Array => {
  const bytes = new Uint8Array(wordBytes);
  bytes.set(mark);
  new DataView(bytes.buffer).setUint32(4, number);
  return bytes;
};

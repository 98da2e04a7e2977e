/**
 * Which call made each block of the subject's memory and which call gave it back. Judges nothing.
 */
import type { CallbackEntered, Handlers, Misuse, TraceView } from '../../harness/index.ts';
import { onePerTrace } from './in-order.ts';

type Call = CallbackEntered & { seq: number };

/** Misuses that only broken bookkeeping of memory or references can cause. */
export const HARMFUL: readonly Misuse[] = [
  'free-twice',
  'free-foreign',
  'use-after-free',
  'out-of-bounds',
  'null-access',
  'bad-access',
  'object-dereferenced-too-often',
];

export class BlockLedger {
  readonly handlers: Handlers;
  private readonly trace: TraceView;
  private readonly harmed = new Set<number>();
  private readonly blocks = new Map<string, { made: number; freed: number | null }>();

  constructor(trace: TraceView) {
    this.trace = trace;
    this.handlers = {
      allocated: (event) => {
        this.blocks.set(event.block, { made: event.call, freed: null });
      },
      misuse: (event) => {
        if (event.misuse === 'use-after-free' || event.misuse === 'free-twice')
          this.harmed.add(event.call);
      },
      freed: (event) => {
        const block = this.blocks.get(event.block);
        if (block) block.freed ??= event.call;
      },
    };
  }

  /** The call in which the block was allocated; undefined outside any call. */
  maker(block: string | undefined): Call | undefined {
    const known = block === undefined ? undefined : this.blocks.get(block);
    return known && this.trace.call(known.made);
  }

  /**
   * Whether freed memory was used in the call: a loss of it is a matter of that memory, whatever
   * the call was for.
   */
  isHarmed(call: number): boolean {
    return this.harmed.has(call);
  }

  /** The call in which the block was first given back. */
  freer(block: string | undefined): Call | undefined {
    const known = block === undefined ? undefined : this.blocks.get(block);
    const freed = known?.freed ?? null;
    return freed === null ? undefined : this.trace.call(freed);
  }
}

/** Rows of a balance (blocks and object references) grouped by the call that made them. */
export const byMaker = (balance: {
  blocks: { call: number; size: number; kind: string }[];
  objects: { call: number }[];
}): Map<number, { blocks: number; bytes: number; objects: number }> => {
  const sums = new Map<number, { blocks: number; bytes: number; objects: number }>();
  const of = (call: number) => {
    const sum = sums.get(call) ?? { blocks: 0, bytes: 0, objects: 0 };
    sums.set(call, sum);
    return sum;
  };
  for (const block of balance.blocks) {
    const sum = of(block.call);
    sum.blocks += 1;
    sum.bytes += block.size;
  }
  for (const object of balance.objects) of(object.call).objects += 1;
  return sums;
};

/** `2 blocks (128 bytes) and 1 object reference`. */
export const amount = (sum: { blocks: number; bytes: number; objects: number }): string => {
  const parts: string[] = [];
  if (sum.blocks)
    parts.push(`${sum.blocks} block${sum.blocks > 1 ? 's' : ''} (${sum.bytes} bytes)`);
  if (sum.objects) parts.push(`${sum.objects} object reference${sum.objects > 1 ? 's' : ''}`);
  return parts.join(' and ') || 'nothing';
};

/** The ledger of a trace, kept once for all monitors. */
export const ledgerOf = onePerTrace((trace) => new BlockLedger(trace));

/**
 * Epoch memory and the ledger of the subject's memory: kind, owner and state of every block, frees
 * deferred to the end of the epochs that were open, protection of each thread.
 */
import { CACHE_LINE_SIZE } from '../abi/layout.ts';
import type { BufferName } from '../trace/damage.ts';
import type { Misuse } from '../trace/misuse.ts';
import type { Recorder } from '../trace/recorder.ts';
import { staleSource } from '../trace/stale-byte.ts';
import type { MemoryFault, MemorySpace } from '../provider/port.ts';
import { isWithin, LentValues } from './lent-values.ts';
import { faultMisuse, faultText } from './memory-fault.ts';
import type { Thread } from '../provider/thread.ts';

export type BlockKind = 'epoch' | 'epoch-aligned' | 'pool';

type Block = {
  label: string;
  address: bigint;
  kind: BlockKind;
  size: number;
  call: number;
  /** Epoch count at the free; null while alive. */
  freedAt: number | null;
};

/** Fill of fresh memory: zero as shipped allocators do, or garbage (EPOCH-007). */
const garbageByte = 0xa7;
const epochStateBytes = 32;
/**
 * ClientBindingContext of every attach lies here: not NULL, and nothing can be read there
 * (REG-016).
 */
export const opaqueClientContext = 0x0000_0bad_0000_0000n;
const opaqueClientContextEnd = 0x0000_0bae_0000_0000n;
const bytesMax = 64 * 1024 * 1024;

/**
 * What pool memory is asked for: the module's start, anything later, or what may not be refused it.
 */
export type PoolUse = 'start' | 'later' | 'spared';

export class EpochMemory {
  private readonly space: MemorySpace;
  private readonly recorder: Recorder;
  private readonly fill: number;
  private failAllocation: number | null;
  private readonly failStartAllocation: number | null;
  private readonly poolOf: (call: number) => PoolUse;
  /** Blocks that stay readable when they are reclaimed (ease.ts). */
  private readonly kept: ReadonlySet<string>;
  private readonly blocks = new Map<bigint, Block>();
  /** Freed but not reclaimed, oldest first. */
  private waiting: Block[] = [];
  /** Stored values that find_element_function handed out. */
  readonly lent: LentValues;
  /** Open epochs (runtime's and provider's) by sequence number. */
  private readonly open = new Set<number>();
  private sequence = 0;
  private bytes = 0;
  /** Allocations asked for so far in this run that could fail. */
  allocations = 0;
  /** Those of pool memory in starts that could fail. */
  private startAllocations = 0;

  constructor(
    space: MemorySpace,
    recorder: Recorder,
    options: {
      garbage: boolean;
      failAllocation: number | null;
      failStartAllocation: number | null;
      poolOf: (call: number) => PoolUse;
      kept: readonly string[];
    },
  ) {
    this.space = space;
    this.lent = new LentValues(space);
    this.recorder = recorder;
    this.fill = options.garbage ? garbageByte : 0;
    this.failAllocation = options.failAllocation;
    this.failStartAllocation = options.failStartAllocation;
    this.poolOf = options.poolOf;
    this.kept = new Set(options.kept);
  }

  misuse(
    thread: Thread,
    misuse: Misuse,
    detail: string,
    more: { block?: string; owner?: number; binding?: string; stale?: BufferName } = {},
  ): void {
    this.recorder.actor = thread.actor;
    this.recorder.record({
      kind: 'misuse',
      call: thread.calls.at(-1) ?? 0,
      misuse,
      detail,
      ...more,
    });
  }

  /** The n-th allocation from now on fails, whoever asks; null: none does any more. */
  failNext(n: number | null): void {
    this.failAllocation = n === null ? null : this.allocations + n;
  }

  /** epoch_allocate_* or pool allocation; 0n when it fails. */
  allocate(thread: Thread, kind: BlockKind, size: number): bigint {
    const call = thread.calls.at(-1) ?? 0;
    if (!(size > 0)) {
      this.misuse(thread, 'allocate-size-zero', `an allocation of ${size} bytes was asked for`);
      return 0n;
    }
    if (this.isRefused(kind, call)) return this.refuse(call, kind, size);
    const alignment = kind === 'epoch-aligned' ? CACHE_LINE_SIZE : undefined;
    const address =
      this.bytes + size > bytesMax
        ? 0n
        : this.space.allocate(size, this.fill, undefined, alignment);
    if (address === 0n) return this.refuse(call, kind, size);
    const label = this.recorder.fresh('block');
    this.blocks.set(address, { label, address, kind, size, call, freedAt: null });
    this.bytes += size;
    this.recorder.record({ kind: 'allocated', call, block: label, memory: kind, size });
    this.recorder.place(label, address);
    return address;
  }

  /** Whether it is this allocation's turn to fail. */
  private isRefused(kind: BlockKind, call: number): boolean {
    const use = kind === 'pool' ? this.poolOf(call) : 'later';
    if (use === 'spared') return false;
    if (use === 'later') return (this.allocations += 1) === this.failAllocation;
    return (this.startAllocations += 1) === this.failStartAllocation;
  }

  private refuse(call: number, memory: BlockKind, size: number): bigint {
    this.recorder.record({
      kind: 'allocation-failed',
      call,
      number: this.allocations,
      size,
      ...(memory === 'pool' ? { memory } : {}),
    });
    return 0n;
  }

  /** epoch_free*, pool free. NULL is allowed for the epoch kinds (EPOCH-005). */
  free(thread: Thread, kind: BlockKind, address: bigint): void {
    if (address === 0n) return;
    const block = this.blocks.get(address);
    if (!block) {
      this.misuse(
        thread,
        'free-foreign',
        'memory was freed that no allocation of the provider returned',
        staleOf(address),
      );
      return;
    }
    const named = { block: block.label, owner: block.call };
    if (block.freedAt !== null) {
      this.misuse(
        thread,
        'free-twice',
        `${block.label} (${block.size} bytes) was freed again`,
        named,
      );
      return;
    }
    if (block.kind !== kind) {
      this.misuse(
        thread,
        'free-wrong-kind',
        `${block.label} was allocated as ${block.kind} memory and freed as ${kind} memory`,
        named,
      );
    }
    const overrun = this.space.overrun(address);
    if (overrun) {
      this.misuse(
        thread,
        'out-of-bounds',
        `bytes at offset ${overrun.offset} of ${block.label} (${block.size} bytes) were overwritten`,
        named,
      );
    }
    this.recorder.record({ kind: 'freed', call: thread.calls.at(-1) ?? 0, block: block.label });
    this.bytes -= block.size;
    block.freedAt = this.sequence;
    if (kind === 'pool') this.reclaim(block);
    else this.waiting.push(block);
    this.advance();
  }

  /** The runtime enters an epoch for this thread. */
  enterRuntime(thread: Thread): void {
    thread.runtimeEpochs.push(this.openEpoch());
  }

  exitRuntime(thread: Thread): void {
    const sequence = thread.runtimeEpochs.pop();
    if (sequence !== undefined) this.closeEpoch(thread, sequence);
  }

  /** epoch_enter by the provider: 32 bytes at `state` become the runtime's until the exit. */
  enter(thread: Thread, state: bigint): void {
    const pattern = this.pattern(thread.entered.length);
    const held = state === 0n ? null : this.space.peek(state, epochStateBytes);
    if (!held) {
      this.misuse(
        thread,
        'epoch-state-small',
        'epoch_enter was given a state that is not 32 writable bytes',
      );
    } else {
      this.space.poke(state, pattern);
    }
    thread.entered.push({
      state,
      sequence: this.openEpoch(),
      irql: thread.irql,
      call: thread.calls.at(-1) ?? 0,
    });
  }

  /** epoch_exit by the provider. */
  exit(thread: Thread, state: bigint): void {
    const at = thread.entered.findLastIndex((epoch) => epoch.state === state);
    if (at < 0) {
      this.misuse(
        thread,
        'epoch-exit-unmatched',
        'epoch_exit was called with a state that was not entered',
      );
      return;
    }
    const epoch = thread.entered[at]!;
    if (at !== thread.entered.length - 1) {
      this.misuse(
        thread,
        'epoch-state-foreign',
        'epoch_exit left an outer epoch before the inner one',
      );
    }
    const held = this.space.peek(state, epochStateBytes);
    if (held && !equal(held, this.pattern(at))) {
      this.misuse(
        thread,
        'epoch-state-changed',
        'the 32 bytes of the epoch state changed between enter and exit',
      );
    }
    if (epoch.irql !== thread.irql) {
      this.misuse(
        thread,
        'epoch-irql',
        `the epoch was entered at IRQL ${epoch.irql} and left at IRQL ${thread.irql}`,
      );
    }
    thread.entered.splice(at, 1);
    this.closeEpoch(thread, epoch.sequence);
  }

  /** Closes what a returning call left open; answers how many epochs that were. */
  closeLeftOpen(thread: Thread, call: number): number {
    const left = thread.entered.filter((epoch) => epoch.call === call);
    for (const epoch of left) {
      thread.entered.splice(thread.entered.indexOf(epoch), 1);
      this.closeEpoch(thread, epoch.sequence);
    }
    if (left.length) {
      this.recorder.actor = thread.actor;
      this.recorder.record({
        kind: 'misuse',
        call,
        misuse: 'epoch-left-open',
        detail: `${left.length} epoch(s) entered in the call were not left before it returned`,
      });
    }
    return left.length;
  }

  isProtected(thread: Thread): boolean {
    return thread.entered.length > 0 || thread.runtimeEpochs.length > 0;
  }

  /**
   * What an address that the subject gave back points into: a stored value, or a block of its own.
   */
  pointee(address: bigint): 'stored value' | 'provider memory' | null {
    if (this.lent.hold(address)) return 'stored value';
    return this.live().some((block) => isWithin(address, block)) ? 'provider memory' : null;
  }

  live(): Block[] {
    return [...this.blocks.values()].filter((block) => block.freedAt === null);
  }

  /** The block that an address lies in, alive or waiting for reclamation. */
  blockAt(address: bigint): { label: string; call: number } | null {
    return this.blocks.get(address) ?? null;
  }

  /**
   * The block whose address stands in bytes shown to users, whole or as far as the bytes go
   * (FIND-007).
   */
  exposed(bytes: Uint8Array): string | null {
    if (this.blocks.size === 0) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 8 <= bytes.length; at += 1) {
      const block = this.blocks.get(view.getBigUint64(at, true));
      if (block) return block.label;
    }
    if (bytes.length < 4 || bytes.length >= 8) return null;
    const bits = 8 * bytes.length;
    const shown = [...bytes].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const found = [...this.blocks.values()].find(
      ({ address }) => BigInt.asUintN(bits, address) === shown,
    );
    return found?.label ?? null;
  }

  /** Records an access that the space refused. */
  fault(thread: Thread, fault: MemoryFault): void {
    const kind =
      fault.fault === 'freed' && this.lent.hasEnded(fault.address) ? 'epoch-value' : fault.fault;
    const verb = fault.write ? 'write' : 'read';
    if (fault.address >= opaqueClientContext && fault.address < opaqueClientContextEnd) {
      this.misuse(
        thread,
        'client-context-used',
        `${verb} of ${fault.length} bytes through ClientBindingContext`,
      );
      return;
    }
    const block = this.blocks.get(fault.address);
    this.misuse(
      thread,
      faultMisuse[kind],
      `${verb} of ${fault.length} bytes: ${faultText[kind]}`,
      block ? { block: block.label, owner: block.call } : staleOf(fault.address),
    );
  }

  private openEpoch(): number {
    this.sequence += 1;
    this.open.add(this.sequence);
    return this.sequence;
  }

  private closeEpoch(thread: Thread, sequence: number): void {
    this.open.delete(sequence);
    if (!this.isProtected(thread)) this.lent.end(thread);
    this.advance();
  }

  /** Reclaims what no open epoch can still see. */
  private advance(): void {
    if (this.waiting.length === 0) return;
    const oldest = this.open.size ? Math.min(...this.open) : Infinity;
    // A block freed at count n may be seen by every epoch entered up to n.
    const ready = this.waiting.filter((block) => block.freedAt! < oldest);
    if (ready.length === 0) return;
    this.waiting = this.waiting.filter((block) => block.freedAt! >= oldest);
    for (const block of ready) this.reclaim(block);
  }

  private reclaim(block: Block): void {
    if (!this.kept.has(block.label)) this.space.reclaim(block.address);
    this.blocks.set(block.address, block);
  }

  private pattern(depth: number): Uint8Array {
    return new Uint8Array(epochStateBytes).fill(0xe0 + (depth & 0x0f));
  }
}

const staleOf = (address: bigint): { stale?: BufferName } => {
  const stale = staleSource(address);
  return stale ? { stale } : {};
};

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/**
 * Epoch memory and the ledger of the subject's memory: kind, owner and state of every block, frees
 * deferred to the end of the epochs that were open.
 */
import { CACHE_LINE_SIZE } from '../abi/layout.ts';
import type { BufferName } from '../trace/damage.ts';
import type { Recorder } from '../trace/recorder.ts';
import { staleSource } from '../trace/stale-byte.ts';
import type { MemoryFault, MemorySpace } from '../provider/port.ts';
import { AllocationFailures, type PoolUse } from './allocation-failures.ts';
import { Epochs } from './epochs.ts';
import { isWithin, LentValues } from './lent-values.ts';
import { faultMisuse, faultText } from './memory-fault.ts';
import { recordMisuse } from './misuse.ts';
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
/**
 * ClientBindingContext of every attach lies here: not NULL, and nothing can be read there
 * (REG-016).
 */
export const opaqueClientContext = 0x0000_0bad_0000_0000n;
const opaqueClientContextEnd = 0x0000_0bae_0000_0000n;
const bytesMax = 64 * 1024 * 1024;

export class EpochMemory {
  private readonly space: MemorySpace;
  private readonly recorder: Recorder;
  private readonly fill: number;
  private readonly poolOf: (call: number) => PoolUse;
  private readonly hasStackInPool: boolean;
  /** Blocks that stay readable when they are reclaimed (ease.ts). */
  private readonly kept: ReadonlySet<string>;
  private readonly blocks = new Map<bigint, Block>();
  /** Freed but not reclaimed, oldest first. */
  private waiting: Block[] = [];
  /** Stored values that find_element_function handed out. */
  readonly lent: LentValues;
  readonly epochs: Epochs;
  readonly failures: AllocationFailures;
  private bytes = 0;

  constructor(
    space: MemorySpace,
    recorder: Recorder,
    options: {
      garbage: boolean;
      failAllocation: number | null;
      failStartAllocation: number | null;
      poolOf: (call: number) => PoolUse;
      hasStackInPool: boolean;
      kept: readonly string[];
    },
  ) {
    this.space = space;
    this.lent = new LentValues(space);
    this.recorder = recorder;
    this.epochs = new Epochs(space, recorder, (thread) => this.onClosed(thread));
    this.fill = options.garbage ? garbageByte : 0;
    this.failures = new AllocationFailures(options.failAllocation, options.failStartAllocation);
    this.poolOf = options.poolOf;
    this.hasStackInPool = options.hasStackInPool;
    this.kept = new Set(options.kept);
  }

  /** epoch_allocate_* or pool allocation; 0n when it fails. */
  allocate(thread: Thread, kind: BlockKind, size: number): bigint {
    const call = thread.calls.at(-1) ?? 0;
    if (!(size > 0)) {
      recordMisuse(
        this.recorder,
        thread,
        'allocate-size-zero',
        `an allocation of ${size} bytes was asked for`,
      );
      return 0n;
    }
    const use = kind === 'pool' ? this.poolOf(call) : 'later';
    if (this.failures.isDue(use)) return this.refuse(call, kind, size);
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

  private refuse(call: number, memory: BlockKind, size: number): bigint {
    this.recorder.record({
      kind: 'allocation-failed',
      call,
      number: this.failures.count,
      size,
      ...(memory === 'pool' ? { memory } : {}),
    });
    return 0n;
  }

  /** An epoch is entered with this state; a block of the pool is told, as it stands for a stack. */
  noteEpochState(thread: Thread, state: bigint): void {
    const block = this.hasStackInPool ? this.blocks.get(state) : undefined;
    if (block?.kind !== 'pool') return;
    const call = thread.calls.at(-1) ?? 0;
    this.recorder.record({ kind: 'service', call, name: 'epoch_enter', block: block.label });
  }

  /** epoch_free*, pool free. NULL is allowed for the epoch kinds (EPOCH-005). */
  free(thread: Thread, kind: BlockKind, address: bigint): void {
    if (address === 0n) return;
    const block = this.blocks.get(address);
    if (!block) {
      recordMisuse(
        this.recorder,
        thread,
        'free-foreign',
        'memory was freed that no allocation of the provider returned',
        staleOf(address),
      );
      return;
    }
    const named = { block: block.label, owner: block.call };
    if (block.freedAt !== null) {
      recordMisuse(
        this.recorder,
        thread,
        'free-twice',
        `${block.label} (${block.size} bytes) was freed again`,
        named,
      );
      return;
    }
    if (block.kind !== kind) {
      recordMisuse(
        this.recorder,
        thread,
        'free-wrong-kind',
        `${block.label} was allocated as ${block.kind} memory and freed as ${kind} memory`,
        named,
      );
    }
    const overrun = this.space.overrun(address);
    if (overrun) {
      recordMisuse(
        this.recorder,
        thread,
        'out-of-bounds',
        `bytes at offset ${overrun.offset} of ${block.label} (${block.size} bytes) were overwritten`,
        named,
      );
    }
    this.recorder.record({ kind: 'freed', call: thread.calls.at(-1) ?? 0, block: block.label });
    this.bytes -= block.size;
    block.freedAt = this.epochs.now;
    if (kind === 'pool') this.reclaim(block);
    else this.waiting.push(block);
    this.advance();
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
      recordMisuse(
        this.recorder,
        thread,
        'client-context-used',
        `${verb} of ${fault.length} bytes through ClientBindingContext`,
      );
      return;
    }
    const block = this.blocks.get(fault.address);
    recordMisuse(
      this.recorder,
      thread,
      faultMisuse[kind],
      `${verb} of ${fault.length} bytes: ${faultText[kind]}`,
      block ? { block: block.label, owner: block.call } : staleOf(fault.address),
    );
  }

  private onClosed(thread: Thread): void {
    if (!this.epochs.isProtected(thread)) this.lent.end(thread);
    this.advance();
  }

  /** Reclaims what no open epoch can still see. */
  private advance(): void {
    if (this.waiting.length === 0) return;
    const { oldest } = this.epochs;
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
}

const staleOf = (address: bigint): { stale?: BufferName } => {
  const stale = staleSource(address);
  return stale ? { stale } : {};
};

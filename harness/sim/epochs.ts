/**
 * Epochs of a run, the runtime's and those that the provider enters itself: which are open, and
 * which threads they protect.
 */
import type { MemorySpace } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { Misuse } from '../trace/misuse.ts';
import type { Recorder } from '../trace/recorder.ts';
import { recordMisuse } from './misuse.ts';

const epochStateBytes = 32;

export class Epochs {
  private readonly space: MemorySpace;
  private readonly recorder: Recorder;
  private readonly onClosed: (thread: Thread) => void;
  /** Open epochs by sequence number. */
  private readonly open = new Set<number>();
  /** Epochs entered so far. */
  private sequence = 0;

  constructor(space: MemorySpace, recorder: Recorder, onClosed: (thread: Thread) => void) {
    this.space = space;
    this.recorder = recorder;
    this.onClosed = onClosed;
  }

  /** The count of epochs, which what is freed now bears. */
  get now(): number {
    return this.sequence;
  }

  /** The oldest epoch that is open; what was freed before it can be seen by nobody. */
  get oldest(): number {
    return this.open.size ? Math.min(...this.open) : Infinity;
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
    const pattern = patternOf(thread.entered.length);
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
    if (held && !equal(held, patternOf(at))) {
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

  private openEpoch(): number {
    this.sequence += 1;
    this.open.add(this.sequence);
    return this.sequence;
  }

  private closeEpoch(thread: Thread, sequence: number): void {
    this.open.delete(sequence);
    this.onClosed(thread);
  }

  private misuse(thread: Thread, misuse: Misuse, detail: string): void {
    recordMisuse(this.recorder, thread, misuse, detail);
  }
}

/** What the state of an epoch holds that was entered this deep. */
const patternOf = (depth: number): Uint8Array =>
  new Uint8Array(epochStateBytes).fill(0xe0 + (depth & 0x0f));

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/**
 * What all observing providers of a run share: the recorder, the numbering of calls, the situation
 * they are in.
 */
import type { CallbackName } from '../abi/callbacks.ts';
import type { ClientData } from '../provider/module.ts';
import type { CallbackEntered, CallbackReturned } from '../trace/event.ts';
import type { Meanwhile } from '../trace/plan.ts';
import type { Recorder } from '../trace/recorder.ts';

/** What is known of the operation that runs when a provider is called. */
export type Situation = {
  op: number;
  process: number;
  irql: number;
  locks: number;
  /** Map that the operation is about; for a creation, the label that the map will have. */
  map: string | undefined;
};

export type ObservedBinding = { label: string; client: ClientData | null };
export type ObservedMap = {
  label: string;
  map: string;
  /** What find_element_function calls it; 0n before it is known and once the map may be gone. */
  handle: bigint;
  key_size: number;
  value_size: number;
  binding: string;
  registration: string;
  actual: number;
};

/** What a provider found out by trying the client table inside a callback. */
export type Attempts = {
  lookup?: { result: string; map?: string; key: string };
  /**
   * A block was freed: inside whatever epoch the runtime keeps, and inside one of the provider's
   * own.
   */
  epoch?: { size: number; isProtected: boolean; isKept: boolean };
};

const notTried: Attempts = {};

/**
 * What all observing providers of a run share: the recorder, the numbering of calls, who was called
 * last.
 */
export class Observation {
  readonly recorder: Recorder;
  readonly situation: () => Situation;
  /** Has others carry operations out while a callback runs. */
  meanwhile: (operations: Meanwhile['operations']) => void = () => undefined;
  /** The last map context put out by a successful preprocess_map_create. */
  lastCreated: ObservedMap | null = null;
  calls = 0;
  /** Whether epoch memory is still there; null where the runtime does not tell. */
  memory: ((address: bigint, length: number) => Uint8Array | null) | null = null;
  /** The harness reads structures itself; nothing is told of it. */
  quiet = false;
  private readonly running: number[] = [];

  constructor(recorder: Recorder, situation: () => Situation) {
    this.recorder = recorder;
    this.situation = situation;
  }

  /** Records one call of a provider around `act`, which answers what was returned. */
  around(
    callback: CallbackName,
    facts: Partial<CallbackEntered>,
    act: () => Partial<CallbackReturned> & { result: string | null },
    attempts: Attempts = notTried,
  ): string | null {
    const { op, process, irql, locks } = this.situation();
    const call = (this.calls += 1);
    this.recorder.record({
      kind: 'callback-entered',
      callback,
      direct: false,
      ...facts,
      call,
      op,
      within: this.running.at(-1) ?? 0,
      irql,
      process,
      locks,
      in_epoch: attempts.epoch?.isProtected ?? true,
    });
    this.tell(call, attempts);
    this.running.push(call);
    const back = act();
    this.running.pop();
    this.recorder.record({
      kind: 'callback-returned',
      call,
      callback,
      irql,
      epoch_depth: 0,
      damage: [],
      ...back,
    });
    return back.result;
  }

  /** What the provider tried at the begin of a call. */
  private tell(call: number, { lookup, epoch }: Attempts): void {
    const { recorder } = this;
    if (lookup)
      recorder.record({ kind: 'service', call, name: 'find_element_function', ...lookup });
    if (!epoch) return;
    const block = recorder.fresh('block');
    recorder.record({ kind: 'allocated', call, block, memory: 'epoch', size: epoch.size });
    recorder.record({ kind: 'freed', call, block });
    if (epoch.isKept) return;
    const detail =
      'the block was given back, or handed out again, while an epoch was open that began before the free';
    recorder.record({ kind: 'misuse', call, misuse: 'use-after-free', detail, block });
  }

  /** What others do while a call runs: their calls are not inside it. */
  apart(act: () => void): void {
    const inside = this.running.splice(0);
    act();
    this.running.push(...inside);
  }

  quietly<T>(act: () => T): T {
    this.quiet = true;
    const answer = act();
    this.quiet = false;
    return answer;
  }
}

/**
 * From the records of the observing provider in C to trace events: what was told to which provider,
 * in its order.
 */
import { DISPATCH_CALLBACKS, type CallbackName } from '../abi/callbacks.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../abi/flags.ts';
import { readResult, readStatus } from '../abi/result.ts';
import { FOREIGN, RECORD_KINDS, type ObserverRecord } from '../adapters/observer-layout.ts';
import type { CallbackReturned } from '../trace/event.ts';
import { toHex, type Recorder } from '../trace/recorder.ts';
import { argumentFacts, contextFacts, type Situation } from './observed-arguments.ts';
import { isInEpoch, memberAt, stateAfter, structures } from './observed-facts.ts';
import { ObservedLabels } from './observed-labels.ts';

/** One operation of several at once, told by the observer's records. */
export type TogetherTurn = {
  start: (record: ObserverRecord) => Situation;
  end: (record: ObserverRecord) => void;
};

const entryPoints = [
  'ProviderAttachClient',
  'ProviderDetachClient',
  'ProviderCleanupBindingContext',
] as const;
const callbackNames: readonly CallbackName[] = [...DISPATCH_CALLBACKS, ...entryPoints];
const epochBlockBytes = 192;

type Step = { moment: number; record: ObserverRecord; isEntry: boolean };

export class ObservedEvents {
  private readonly recorder: Recorder;
  readonly labels: ObservedLabels;
  /** Calls under way, by the moment at which they were entered. */
  private readonly calls = new Map<number, { call: number }>();
  private readonly threads = new Map<number, Situation>();
  /** Contexts that postprocess_map_delete was called with. */
  readonly deleted = new Set<number>();
  /** Calls so far. */
  count = 0;
  /**
   * The last moment that was told, and the last before memory was reclaimed because the harness
   * asked for it.
   */
  private last = 0;
  private asked = 0;
  /**
   * The context that the last successful preprocess_map_create of an operation put out, with its
   * binding and provider.
   */
  readonly made = new Map<
    number,
    { context: number; binding: string; registration: string; actual: number }
  >();

  private readonly tellsProcess: boolean;

  /**
   * @param tellsProcess Whether the runtime says in which process a callback runs; else it is the
   * operation's.
   */
  constructor(recorder: Recorder, tellsProcess: boolean) {
    this.recorder = recorder;
    this.labels = new ObservedLabels(recorder);
    this.tellsProcess = tellsProcess;
  }

  /** Whether memory that was freed came back without being asked for. */
  cameBack = false;

  /** Memory was reclaimed on request: what comes back of it shows nothing. */
  drained(): void {
    this.asked = this.last;
  }

  /** Records all of it. Records of several threads are told apart by the operations among them. */
  record(
    records: readonly ObserverRecord[],
    now: Situation,
    turns: readonly TogetherTurn[] = [],
  ): void {
    const steps: Step[] = records.flatMap((record) => [
      { moment: record.entered, record, isEntry: true },
      ...(record.returned === 0 ? [] : [{ moment: record.returned, record, isEntry: false }]),
    ]);
    steps.sort((left, right) => left.moment - right.moment);
    this.last = Math.max(this.last, steps.at(-1)?.moment ?? 0);
    for (const { record, isEntry } of steps) {
      if (record.kind === RECORD_KINDS.operation) this.turn(record, isEntry, turns);
      else if (record.kind === RECORD_KINDS.callback)
        this.step(record, isEntry, this.threads.get(record.thread) ?? now);
      else if (isEntry) this.fault(record);
    }
  }

  private turn(record: ObserverRecord, isEntry: boolean, turns: readonly TogetherTurn[]): void {
    const turn = turns[record.option];
    if (!turn) return;
    if (isEntry) {
      this.threads.set(record.thread, turn.start(record));
    } else {
      this.recorder.actor = this.threads.get(record.thread)?.actor ?? 0;
      turn.end(record);
      this.threads.delete(record.thread);
    }
  }

  private step(record: ObserverRecord, isEntry: boolean, now: Situation): void {
    this.recorder.actor = now.actor;
    const callback = callbackNames[record.callback] ?? 'deferred work';
    if (isEntry) this.entered(record, callback, now);
    else this.returned(record, callback, now);
  }

  private entered(record: ObserverRecord, callback: CallbackName, now: Situation): void {
    const call = (this.count += 1);
    this.calls.set(record.entered, { call });
    this.recorder.record({
      kind: 'callback-entered',
      call,
      callback,
      op: now.op,
      within: this.calls.get(record.within)?.call ?? 0,
      direct: false,
      registration: this.labels.registration(record.provider),
      ...contextFacts(this.labels, record, callback, now),
      ...argumentFacts(this.labels, record, callback),
      irql: record.irql === FOREIGN ? (now.program ? DISPATCH_LEVEL : PASSIVE_LEVEL) : record.irql,
      process: this.tellsProcess ? record.process : now.process,
      locks: record.locks === FOREIGN ? 0 : record.locks,
      in_epoch: isInEpoch(record),
    });
    if (record.changed > 0) this.touched(record.provider, 'a member', 0, 'written');
    this.lookedUp(record, call, now);
    this.probed(record, call);
  }

  private returned(record: ObserverRecord, callback: CallbackName, now: Situation): void {
    const { call } = this.calls.get(record.entered) ?? { call: 0 };
    const isEntryPoint = (entryPoints as readonly string[]).includes(callback);
    const isVoid = [
      'postprocess_map_delete',
      'postprocess_map_delete_element',
      'ProviderCleanupBindingContext',
    ].includes(callback);
    const result = isVoid
      ? null
      : isEntryPoint
        ? readStatus(record.result)
        : readResult(record.result);
    this.recorder.record({
      kind: 'callback-returned',
      call,
      callback,
      result,
      ...this.outcomeFacts(record, callback, result, now),
      irql: record.irql === FOREIGN ? PASSIVE_LEVEL : record.irql,
      epoch_depth: 0,
      damage: [],
    });
    this.calls.delete(record.entered);
    if (callback === 'postprocess_map_delete') this.deleted.add(record.context);
    if (isEntryPoint) this.bindingState(record, callback, result);
  }

  private outcomeFacts(
    record: ObserverRecord,
    callback: CallbackName,
    result: string | null,
    now: Situation,
  ): Partial<CallbackReturned> {
    if (callback === 'ProviderAttachClient') {
      const wrote = record.wrote_context !== 0;
      return {
        context: wrote ? this.labels.bindingContext(record.binding) : null,
        wrote_context: wrote,
        wrote_dispatch: true,
      };
    }
    if (callback === 'preprocess_map_create') {
      const hasSize = record.actual_value_size !== FOREIGN;
      const context = this.labels.context(record.made);
      if (record.made !== 0 && now.map !== undefined) this.labels.tellMap(record.made, now.map);
      if (result === 'EBPF_SUCCESS') {
        this.made.set(now.op, {
          context: record.made,
          binding: this.labels.binding(record.binding),
          registration: this.labels.registration(record.provider),
          actual: hasSize ? record.actual_value_size : 0,
        });
      }
      return {
        context,
        actual_value_size: hasSize ? record.actual_value_size : null,
        wrote_actual_value_size: hasSize,
        wrote_map_context: record.wrote_context !== 0,
      };
    }
    return record.out_after === null ? {} : { out: toHex(record.out_after) };
  }

  private bindingState(
    record: ObserverRecord,
    callback: CallbackName,
    result: string | null,
  ): void {
    const isAttach = callback === 'ProviderAttachClient';
    const hasContext = !isAttach || record.wrote_context !== 0;
    this.recorder.record({
      kind: 'binding-state',
      binding: this.labels.binding(record.binding),
      registration: this.labels.registration(record.provider),
      state: stateAfter(callback, result),
      context: hasContext ? this.labels.bindingContext(record.binding) : null,
      bare: false,
    });
  }

  private lookedUp(record: ObserverRecord, call: number, now: Situation): void {
    if (record.looked_up === 0) return;
    const map = this.labels.mapOf(record.context) ?? now.map;
    this.recorder.record({
      kind: 'service',
      call,
      name: 'find_element_function',
      result: readResult(record.lookup_result) ?? 'not a result',
      ...(map === undefined ? {} : { map }),
      ...(record.key === null ? {} : { key: toHex(record.key) }),
    });
  }

  /**
   * What the observer tried with epoch memory: allocated, freed, and looked at while an epoch was
   * open.
   */
  private probed(record: ObserverRecord, call: number): void {
    if (record.reused > this.asked) this.cameBack = true;
    if (record.epoch_tried === 0 || record.epoch_failed > 0) return;
    const block = this.recorder.fresh('block');
    this.recorder.record({
      kind: 'allocated',
      call,
      block,
      memory: 'epoch',
      size: epochBlockBytes,
    });
    this.recorder.record({ kind: 'freed', call, block });
    if (record.epoch_held !== 0) return;
    const detail =
      'the block changed, or was handed out again, while an epoch was open that began before the free';
    this.recorder.record({ kind: 'misuse', call, misuse: 'use-after-free', detail, block });
  }

  private fault(record: ObserverRecord): void {
    this.touched(
      record.provider,
      memberAt(record.callback, record.option),
      record.callback,
      record.flags !== 0 ? 'written' : 'read',
    );
  }

  private touched(
    provider: number,
    member: string,
    structure: number,
    how: 'read' | 'written',
  ): void {
    this.recorder.record({
      kind: 'provider-touched',
      registration: this.labels.registration(provider),
      structure: structures[structure]?.[0] ?? 'a structure',
      member,
      size: this.labels.sizeOf(provider, structure),
      how,
    });
  }
}

/**
 * From the records of the observing provider in C to trace events: what was told to which provider,
 * in its order.
 */
import { DISPATCH_CALLBACKS, type CallbackName } from '../abi/callbacks.ts';
import { guidFromBytes } from '../abi/guid.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../abi/flags.ts';
import { readResult, readStatus } from '../abi/result.ts';
import { FOREIGN, RECORD_KINDS, type ObserverRecord } from '../adapters/observer-layout.ts';
import type { CallbackEntered, CallbackReturned } from '../trace/event.ts';
import { toHex, type Recorder } from '../trace/recorder.ts';
import {
  clientOf,
  elementFacts,
  fillOf,
  isInEpoch,
  memberAt,
  stateAfter,
  structures,
} from './observed-facts.ts';

/** The operation that a record belongs to. */
export type Situation = {
  op: number;
  actor: number;
  process: number;
  program: boolean;
  map: string | undefined;
};

/** One operation of several at once, told by the observer's records. */
export type TogetherTurn = { start: () => Situation; end: (record: ObserverRecord) => void };

const entryPoints = [
  'ProviderAttachClient',
  'ProviderDetachClient',
  'ProviderCleanupBindingContext',
] as const;
const callbackNames: readonly CallbackName[] = [...DISPATCH_CALLBACKS, ...entryPoints];
const epochBlockBytes = 192;
const cleanupFlag = 4;

type Step = { moment: number; record: ObserverRecord; isEntry: boolean };

export class ObservedEvents {
  private readonly recorder: Recorder;
  /** Labels by number in the records. */
  private readonly registrations: string[] = [];
  private readonly transforming: boolean[] = [];
  private readonly sizes: (readonly number[])[] = [];
  private readonly bindings = new Map<number, string>();
  private readonly contexts = new Map<number, string>();
  private readonly mapOfContext = new Map<number, string>();
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
   * The context that the last successful preprocess_map_create put out, with its binding and
   * provider.
   */
  lastMade: { context: number; binding: string; registration: string; actual: number } | null =
    null;

  private readonly tellsProcess: boolean;

  /**
   * @param tellsProcess Whether the runtime says in which process a callback runs; else it is the
   * operation's.
   */
  constructor(recorder: Recorder, tellsProcess: boolean) {
    this.recorder = recorder;
    this.tellsProcess = tellsProcess;
  }

  /**
   * Providers in the order in which the observer knows them; header.size of data, properties and
   * table.
   */
  addProvider(registration: string, transforms: boolean, sizes: readonly number[]): void {
    this.registrations.push(registration);
    this.transforming.push(transforms);
    this.sizes.push(sizes);
  }

  /** Memory was reclaimed on request: what comes back of it shows nothing. */
  drained(): void {
    this.asked = this.last;
  }

  contextLabel(context: number): string | null {
    if (context === 0) return null;
    const known = this.contexts.get(context);
    if (known !== undefined) return known;
    const label = this.recorder.label('context', `map context ${context}`);
    this.contexts.set(context, label);
    return label;
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
      this.threads.set(record.thread, turn.start());
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
      registration: this.registrations[record.provider] ?? 'no registration',
      ...this.contextFacts(record, callback, now),
      ...this.argumentFacts(record, callback),
      irql: record.irql === FOREIGN ? (now.program ? DISPATCH_LEVEL : PASSIVE_LEVEL) : record.irql,
      process: this.tellsProcess ? record.process : now.process,
      locks: record.locks === FOREIGN ? 0 : record.locks,
      in_epoch: isInEpoch(record),
    });
    if (record.changed > 0) this.touched(record.provider, 'a member', 0, 'written');
    this.lookedUp(record, call, now);
    this.probed(record, call);
  }

  private contextFacts(
    record: ObserverRecord,
    callback: CallbackName,
    now: Situation,
  ): Partial<CallbackEntered> {
    if (callback === 'ProviderAttachClient') {
      const label = this.recorder.fresh('binding');
      this.bindings.set(record.binding, label);
      return { binding: label };
    }
    const binding = this.bindings.get(record.binding) ?? 'no binding';
    if (callback === 'ProviderDetachClient' || callback === 'ProviderCleanupBindingContext') {
      return { binding, context: this.bindingContext(record.binding) };
    }
    if (callback === 'preprocess_map_create')
      return { binding, context: null, ...(now.map ? { map: now.map } : {}) };
    const own = this.mapOfContext.get(record.context);
    const isEnd = callback === 'postprocess_map_delete' || (record.flags & cleanupFlag) !== 0;
    const map = isEnd ? (own ?? now.map) : (now.map ?? own);
    const context =
      record.context === FOREIGN
        ? this.recorder.label('context', 'foreign')
        : this.contextLabel(record.context);
    return { binding, context, ...(map === undefined ? {} : { map }) };
  }

  private bindingContext(binding: number): string | null {
    return binding === 0 ? null : this.recorder.label('context', `binding context ${binding}`);
  }

  private argumentFacts(record: ObserverRecord, callback: CallbackName): Partial<CallbackEntered> {
    switch (callback) {
      case 'ProviderAttachClient':
        return { client: clientOf(record) };
      case 'preprocess_map_create':
        return {
          map_type: record.map_type,
          create_key_size: record.map_key_size,
          create_value_size: record.map_value_size,
          max_entries: record.max_entries,
        };
      case 'preprocess_associate_program_type':
        return { program_type: guidFromBytes(record.program_type) };
      case 'postprocess_map_find_element':
      case 'preprocess_map_update_element':
        return { ...elementFacts(record), out_size: this.outSize(record), ...fillOf(record) };
      case 'preprocess_map_delete_element':
      case 'postprocess_map_delete_element':
        return elementFacts(record);
      default:
        return {};
    }
  }

  /**
   * A transforming provider that gets no buffer gets nothing, whatever the size says; a plain one
   * must get size 0.
   */
  private outSize(record: ObserverRecord): number | null {
    if (record.out_before !== null) return record.out_size;
    return this.transforming[record.provider] || record.out_size === 0 ? null : record.out_size;
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
        context: wrote ? this.bindingContext(record.binding) : null,
        wrote_context: wrote,
        wrote_dispatch: true,
      };
    }
    if (callback === 'preprocess_map_create') {
      const hasSize = record.actual_value_size !== FOREIGN;
      const context = this.contextLabel(record.made);
      if (record.made !== 0 && now.map !== undefined) this.mapOfContext.set(record.made, now.map);
      if (result === 'EBPF_SUCCESS') {
        this.lastMade = {
          context: record.made,
          binding: this.bindings.get(record.binding) ?? 'no binding',
          registration: this.registrations[record.provider] ?? 'no registration',
          actual: hasSize ? record.actual_value_size : 0,
        };
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
      binding: this.bindings.get(record.binding) ?? 'no binding',
      registration: this.registrations[record.provider] ?? 'no registration',
      state: stateAfter(callback, result),
      context: hasContext ? this.bindingContext(record.binding) : null,
      bare: false,
    });
  }

  private lookedUp(record: ObserverRecord, call: number, now: Situation): void {
    if (record.looked_up === 0) return;
    const map = this.mapOfContext.get(record.context) ?? now.map;
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
    if (record.reused > this.asked)
      this.recorder.record({ kind: 'service', call, name: 'reclaim', result: 'SEEN' });
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
      registration: this.registrations[provider] ?? 'no registration',
      structure: structures[structure]?.[0] ?? 'a structure',
      member,
      size: this.sizes[provider]?.[structure] ?? 0,
      how,
    });
  }
}

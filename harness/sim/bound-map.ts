/**
 * One map and its provider: facts, the calls of its dispatch table, what the trace is told.
 * Operations are custom-map.ts.
 */
import type { DispatchCallback } from '../abi/callbacks.ts';
import type { DispatchArguments, DispatchOutcome, DispatchTable } from '../provider/port.ts';
import type { Crossing, ReturnFacts } from '../provider/observed.ts';
import type { Thread } from '../provider/thread.ts';
import { toHex, type Recorder } from '../trace/recorder.ts';
import { BaseMap, type Entry } from './base-map.ts';
import type { Dialect } from './dialect.ts';
import { eased, ordinarySizes, type Ease } from './ease.ts';
import type { EpochMemory } from './epoch-memory.ts';
import type { Binding } from './registered.ts';

export type MapDefinition = {
  map_type: number;
  key_size: number;
  value_size: number;
  max_entries: number;
};

export type MapParts = {
  recorder: Recorder;
  crossing: Crossing;
  memory: EpochMemory;
  dialect: Dialect;
  findFill: number | null;
  misaligned: boolean;
  /** What the lost call of a run that is repeated is spared. */
  ease: Ease | null;
  /** Runs in a destroyed map's process context: 0 is a worker. */
  cleanupProcess: number | null;
  /** What a lookup of a value must show, where a profile has a function for it. */
  relation: ((value: Uint8Array) => Uint8Array) | null;
  /** The block or object of the subject whose address stands in these bytes. */
  exposed: (bytes: Uint8Array) => string | null;
};

/**
 * A map bound to its provider: what it is, and how its dispatch table is called and told of in the
 * trace.
 */
export class BoundMap {
  readonly label: string;
  readonly definition: MapDefinition;
  readonly binding: Binding;
  /**
   * Bindings whose attach answered STATUS_PENDING: no success, but the registrar keeps them while
   * the client lives.
   */
  readonly pendingBindings: readonly Binding[];
  readonly table: DispatchTable;
  readonly transforms: boolean;
  readonly base: BaseMap;
  /**
   * Values that the provider accepted in a call of the harness's own and was not rid of yet: no
   * entry holds them.
   */
  readonly owed: { key: Uint8Array; value: Uint8Array }[] = [];
  actualValueSize = 0;
  context: unknown = null;
  private readonly labels = new Map<unknown, string>();
  /**
   * Address of the runtime's map object, with the context at map_context_offset; 0n before it is
   * made.
   */
  address = 0n;
  references = 1;
  /** Process that created it. */
  readonly process: number;
  protected readonly parts: MapParts;

  constructor(
    parts: MapParts,
    facts: {
      label: string;
      definition: MapDefinition;
      binding: Binding;
      pendingBindings: readonly Binding[];
      table: DispatchTable;
      transforms: boolean;
      process: number;
      nextVersion: () => number;
    },
  ) {
    this.parts = parts;
    this.label = facts.label;
    this.definition = facts.definition;
    this.binding = facts.binding;
    this.pendingBindings = facts.pendingBindings;
    this.table = facts.table;
    this.transforms = facts.transforms;
    this.process = facts.process;
    const isBounded = (): boolean => !parts.dialect.maxEntriesIsHint;
    this.base = new BaseMap(facts.definition.max_entries, facts.nextVersion, isBounded);
  }

  /**
   * A value that the harness had accepted by a call of its own is gone, or nobody knows any more.
   */
  forgive(value: Uint8Array): void {
    const at = this.owed.findIndex((one) => Buffer.compare(one.value, value) === 0);
    if (at >= 0) this.owed.splice(at, 1);
  }

  has(callback: DispatchCallback): boolean {
    return this.table.members.has(callback);
  }

  /** The delete callback that counts, null when there is none. */
  get deleteCallback(): 'preprocess_map_delete_element' | 'postprocess_map_delete_element' | null {
    if (this.has('preprocess_map_delete_element')) return 'preprocess_map_delete_element';
    if (this.has('postprocess_map_delete_element')) return 'postprocess_map_delete_element';
    return null;
  }

  /**
   * The label of a context: it lasts as long as the map, though a binding whose context is the same
   * number ends.
   */
  labelOf(context: unknown): string | null {
    if (context === null) return null;
    const label = this.labels.get(context) ?? this.parts.recorder.label('context', context);
    this.labels.set(context, label);
    return label;
  }

  /** Calls one member of the table with this map's contexts and records what the trace needs. */
  invoke(
    thread: Thread,
    callback: DispatchCallback,
    args: Omit<DispatchArguments, 'binding_context' | 'map_context'>,
    more: { direct?: boolean; in_epoch?: boolean; entry?: number } = {},
  ): DispatchOutcome {
    const { crossing } = this.parts;
    if (this.binding.registered.own)
      return this.table.invoke(callback, { binding_context: null, map_context: null, ...args });
    const { key, value, misaligned: _, ...numbers } = args;
    const misaligned = args.misaligned ?? this.parts.misaligned;
    return crossing.call(
      thread,
      {
        callback,
        direct: more.direct ?? false,
        registration: this.binding.registered.label,
        binding: this.binding.label,
        map: this.label,
        context: this.labelOf(this.context),
        ...(key === undefined ? {} : { key: key && toHex(key) }),
        ...(value === undefined ? {} : { value: value && toHex(value) }),
        ...numbers,
        ...(more.in_epoch === undefined ? {} : { in_epoch: more.in_epoch }),
        ...(more.entry === undefined ? {} : { entry: more.entry }),
      },
      () =>
        this.table.invoke(callback, {
          binding_context: this.binding.context,
          map_context: this.context,
          ...this.eased(callback, args, thread),
          misaligned,
        }),
      (back) => ({
        ...(back.out === undefined ? {} : { out: back.out && toHex(back.out) }),
        ...(callback === 'preprocess_map_create' ? this.describeCreate(back) : {}),
        ...(this.transforms ? this.describeValue(callback, value ?? null, back) : {}),
      }),
    );
  }

  private eased(
    callback: DispatchCallback,
    args: Omit<DispatchArguments, 'binding_context' | 'map_context'>,
    thread: Thread,
  ): typeof args {
    const { ease, crossing } = this.parts;
    if (!ease || !('call' in ease) || ease.call !== crossing.calls) return args;
    const { actualValueSize: actual_value_size, transforms } = this;
    const sizes = ordinarySizes(callback, { ...this.definition, actual_value_size, transforms });
    return eased(ease.without, args, sizes, thread);
  }

  /**
   * What monitors of lookups need and cannot compute: the relation's answer, addresses in plain
   * sight.
   */
  private describeValue(
    callback: DispatchCallback,
    given: Uint8Array | null,
    back: DispatchOutcome,
  ): ReturnFacts {
    const { relation, exposed } = this.parts;
    if (back.result !== 'EBPF_SUCCESS') return {};
    if (callback === 'preprocess_map_update_element' && relation && given) {
      return { expected: toHex(relation(given.slice())) };
    }
    const exposes =
      callback === 'postprocess_map_find_element' && back.out ? exposed(back.out) : null;
    return exposes === null ? {} : { exposes };
  }

  private describeCreate(back: DispatchOutcome): ReturnFacts {
    const context = back.map_context ?? null;
    return {
      actual_value_size: back.actual_value_size ?? null,
      wrote_actual_value_size: back.wroteActualValueSize ?? true,
      wrote_map_context: back.wroteMapContext ?? true,
      context: this.labelOf(context),
    };
  }

  notifyDelete(
    thread: Thread,
    deleter: 'preprocess_map_delete_element' | 'postprocess_map_delete_element',
    key: Uint8Array,
    value: Uint8Array,
    flags: number,
    entry?: number,
  ): DispatchOutcome {
    return this.invoke(
      thread,
      deleter,
      { key, key_size: this.definition.key_size, value, value_size: this.actualValueSize, flags },
      entry === undefined ? {} : { entry },
    );
  }

  protected recordChange(
    thread: Thread,
    key: Uint8Array,
    stored: Uint8Array,
    commit: ReturnType<BaseMap['update']>,
  ): void {
    this.parts.recorder.actor = thread.actor;
    this.parts.recorder.record({
      kind: 'base-map',
      op: thread.op,
      map: this.label,
      change: !commit.done ? 'refused' : commit.displaced ? 'replaced' : 'inserted',
      key: toHex(key),
      stored: toHex(stored),
      ...(commit.done && commit.displaced ? { displaced: toHex(commit.displaced.value) } : {}),
      ...(commit.done ? {} : { reason: commit.result }),
    });
  }

  protected recordRemoval(thread: Thread, entry: Entry): void {
    this.parts.recorder.actor = thread.actor;
    this.parts.recorder.record({
      kind: 'base-map',
      op: thread.op,
      map: this.label,
      change: 'removed',
      key: entry.hex,
      displaced: toHex(entry.value),
    });
  }
}

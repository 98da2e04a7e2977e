/**
 * The ownership ledger: every value a provider accepted, from its update callback to the one delete
 * callback that releases it. It compares the provider's own counter, its blocks and its references
 * with that, and says what kind of operation a mismatch came from. It blames no rule; monitors do.
 */
import {
  type CallbackEntered,
  type EventOf,
  type Handlers,
  type TraceView,
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  flagNames,
} from '../../harness/index.ts';
import { isHostile } from './element-call.ts';
import type { HeldValue, Suspicion, Tag } from './held-value.ts';
import { Suspicions } from './suspicions.ts';
import { onePerTrace } from './in-order.ts';
import { ValueCounter } from './value-counter.ts';
import { growthOf, leaksOf } from './value-leaks.ts';

type Entered = CallbackEntered & { seq: number };

export class ValueLedger {
  readonly handlers: Handlers;
  private readonly book = new Suspicions();
  /** How often each kind of act was seen. */
  readonly acts = new Map<Tag, number>();
  private readonly trace: TraceView;
  private readonly values: HeldValue[] = [];
  private readonly byStored = new Map<string, HeldValue[]>();
  /** Accepted values by the bytes that the user gave. */
  private readonly twins = new Map<string, HeldValue[]>();
  private readonly byCall = new Map<number, HeldValue>();
  /** What each delete call was and what it was about, as it was known then. */
  readonly deletions = new Map<number, { value: HeldValue; tags: ReadonlySet<Tag> }>();
  private readonly findCalls: number[] = [];
  private readonly freedIn = new Map<string, number>();
  private readonly maps = new Set<string>();
  private readonly counter: ValueCounter;
  /** Values that are held, and the most that were at once: a cache may keep room for as many. */
  private held = 0;
  private mostHeld = 0;

  constructor(trace: TraceView) {
    this.trace = trace;
    this.counter = new ValueCounter(trace, (seen) => this.book.add({ ...seen, call: 0 }));
    this.handlers = {
      module: (event) => event.what === 'started' && this.restart(),
      'callback-returned': (event) => this.returned(event),
      'operation-ended': (event) => {
        if (event.resources !== undefined && event.settled)
          this.counter.read(event.resources, event.seq);
      },
      'map-created': (event) => {
        this.maps.add(event.map);
        this.counter.mapCreated(event.map);
      },
      'map-gone': (event) => {
        this.maps.delete(event.map);
        this.counter.mapGone(event.map);
      },
      balance: (event) => this.balance(event),
      freed: (event) => {
        if (!this.freedIn.has(event.block)) this.freedIn.set(event.block, event.call);
      },
      misuse: (event) => this.misuse(event),
    };
  }

  get suspicions(): readonly Suspicion[] {
    return this.book.all;
  }

  /** The value a find or delete call is about, among those accepted in its map. */
  valueOf(call: Entered): HeldValue | undefined {
    const all = this.byStored.get(`${call.map} ${call.value}`) ?? [];
    const held = all.filter((one) => one.fate === 'held');
    const candidates = held.length ? held : all;
    return candidates.find((one) => one.key === (call.key ?? null)) ?? candidates[0];
  }

  /**
   * Values that a call may be about: of those stored alike the ones held under its key, else all.
   */
  meantBy(call: Entered): readonly HeldValue[] {
    const all = this.byStored.get(`${call.map} ${call.value}`) ?? [];
    const held = all.filter((one) => one.fate === 'held' && one.key === (call.key ?? null));
    return held.length > 0 ? held : all;
  }

  /**
   * Whether the value is known to come from an update, so that a call with it is one the runtime
   * could make.
   */
  isKnown(call: Entered): boolean {
    return !this.trace.subject.profile.hasUpdate || this.valueOf(call) !== undefined;
  }

  /** How the value that an update call brought ended; undefined where the call was none. */
  fateOf(call: number): HeldValue['fate'] | undefined {
    return this.byCall.get(call)?.fate;
  }

  /** The value that a user gave of what a find or delete call is about. */
  givenOf(call: Entered): string | undefined {
    return (this.deletions.get(call.call)?.value ?? this.valueOf(call))?.given;
  }

  /** Whether a map may hold a value, by the bytes that a user gives. */
  isStored(given: string): boolean {
    const stored: readonly HeldValue['fate'][] = ['held', 'unsure'];
    return this.twins.get(given)?.some(({ fate }) => stored.includes(fate)) ?? false;
  }

  /**
   * Whether a value is certain to be held under another key, or in another map, than a call is
   * about.
   */
  isHeldElsewhere({ map, key, value }: Entered): boolean {
    const isAnother = (one: HeldValue): boolean => one.map !== map || one.key !== (key ?? null);
    const twins = this.twins.get(value ?? '') ?? [];
    return twins.some((one) => one.fate === 'held' && isAnother(one));
  }

  /**
   * Whether the plan gave a value that is not to be accepted (CRUD-UPD-012): what it is worth
   * nobody knows.
   */
  private isInvalid({ op }: Entered): boolean {
    const operation = this.trace.operation(op)?.operation;
    return (
      operation?.op === 'update' &&
      typeof operation.value === 'object' &&
      operation.value !== null &&
      'invalid' in operation.value
    );
  }

  /** What a delete call is, judged when it is under way or just over. */
  tagsOf(call: Entered): Set<Tag> {
    const tags = new Set<Tag>();
    const flags = call.flags ?? 0;
    if (call.callback === 'postprocess_map_find_element') return tags.add('find');
    if (call.callback === 'preprocess_map_update_element') return tags.add('replace');
    const value = this.valueOf(call);
    if (value?.duplicate) tags.add('duplicate');
    if (value?.filled) tags.add('filled');
    if (value?.rejected) tags.add('rejected-delete');
    if (flags & ~(HELPER | UPDATE | CLEANUP)) return tags.add('unknown-flag');
    // What UPDATE alone asks is a rule of its own, which goes before that of all combinations.
    if (flags !== UPDATE) tags.add('delete');
    if (flags & HELPER && flags & ~HELPER) tags.add('flag-set');
    if (!(flags & UPDATE)) return tags;
    if (call.direct) return tags.add('replace');
    if (value?.op !== call.op) return tags.add('replace');
    tags.add('rollback');
    const sibling = this.values.some(
      (one) =>
        one !== value && one.map === value.map && one.key === value.key && one.fate === 'held',
    );
    return sibling ? tags.add('rollback-on-existing') : tags;
  }

  private restart(): void {
    this.counter.restart();
    for (const value of this.values) if (value.fate === 'held') value.fate = 'unsure';
    this.held = 0;
  }

  private act(tags: Iterable<Tag>, text: string): void {
    const all = [...tags];
    for (const tag of all) this.acts.set(tag, (this.acts.get(tag) ?? 0) + 1);
    this.counter.acted(all, text);
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    if (!call) return;
    switch (event.callback) {
      case 'preprocess_map_update_element':
        return this.updated(call, event);
      case 'postprocess_map_find_element':
        this.findCalls.push(call.call);
        return this.act(['find'], 'a lookup');
      case 'preprocess_map_delete_element':
      case 'postprocess_map_delete_element':
        return this.deleted(call, event);
      default:
    }
  }

  private updated(call: Entered, event: EventOf<'callback-returned'>): void {
    const accepted = event.result === 'EBPF_SUCCESS';
    const transforms = this.trace.subject.profile.updatesOriginalValue;
    const stored = (transforms ? event.out : call.value) ?? '';
    const given = call.value ?? '';
    const unsure = isHostile(call, this.trace) || this.isInvalid(call);
    const twin = this.twins.get(given)?.find((one) => one.fate === 'held');
    const value: HeldValue = {
      call: call.call,
      op: call.op,
      map: call.map ?? '',
      key: call.key ?? null,
      given,
      stored,
      fate: !accepted ? 'failed' : unsure ? 'unsure' : 'held',
      duplicate: twin !== undefined,
      filled: Boolean(call.fill),
      ending: null,
      rejected: false,
    };
    if (accepted && twin) twin.duplicate = true;
    this.values.push(value);
    if (accepted) add(this.twins, given, value);
    this.byCall.set(call.call, value);
    if (!accepted) return this.act(['failed-update'], 'an update that the provider refused');
    add(this.byStored, `${value.map} ${stored}`, value);
    if (unsure) this.counter.forget();
    else {
      this.counter.expect(1);
      this.mostHeld = Math.max(this.mostHeld, (this.held += 1));
    }
    this.act(value.duplicate ? ['accepted', 'duplicate'] : ['accepted'], 'an accepted update');
  }

  private deleted(call: Entered, event: EventOf<'callback-returned'>): void {
    const flags = call.flags ?? 0;
    const tags = this.tagsOf(call);
    const value = this.valueOf(call);
    if (value) this.deletions.set(call.call, { value, tags });
    const isPreprocess = event.callback === 'preprocess_map_delete_element';
    const failed = isPreprocess && event.result !== 'EBPF_SUCCESS';
    if (isHostile(call, this.trace) || !value || value.fate !== 'held') {
      // What such a call released nobody can know: the count starts anew with the next reading.
      if (value) value.fate = 'unsure';
      this.counter.forget();
      return;
    }
    if (failed && !(flags & (UPDATE | CLEANUP))) {
      value.rejected = true;
      return this.act(['rejected-delete'], 'a rejected delete');
    }
    value.ending = flags;
    value.fate = tags.has('rollback')
      ? 'rolled-back'
      : tags.has('replace')
        ? 'displaced'
        : 'deleted';
    this.counter.expect(-1);
    this.held -= 1;
    this.act(tags, `${event.callback} with flags ${flagNames(flags)}`);
  }

  private balance(event: EventOf<'balance'>): void {
    const { resources } = event.balance;
    if (resources !== null) {
      this.counter.read(resources, event.seq);
      this.counter.confirm();
    }
    if (event.why !== 'unloaded' && event.why !== 'asked') return;
    const { balance } = event;
    const leaks =
      event.why === 'asked'
        ? growthOf(
            { balance, areMapsGone: this.maps.size === 0, mostHeld: this.mostHeld },
            this.values,
            this.findCalls,
          )
        : leaksOf(balance, this.values, this.findCalls);
    for (const { tags, saw } of leaks) {
      this.book.add({ tags: new Set(tags), seq: event.seq, call: 0, saw });
    }
  }

  private misuse(event: EventOf<'misuse'>): void {
    const call = this.trace.call(event.call);
    if (!call || !isElement(call)) return;
    const suspect = (tags: Set<Tag>, saw: string): void => {
      if (tags.size) this.book.add({ tags, seq: event.seq, call: call.call, saw });
    };
    if (isHostile(call, this.trace)) return;
    switch (event.misuse) {
      case 'free-twice':
      case 'free-foreign':
      case 'object-dereferenced-too-often':
        return suspect(this.tagsOf(call), `${event.detail} in ${call.callback}`);
      case 'use-after-free':
        return suspect(
          this.releasers(event, call),
          `${call.callback} used memory of a value that was released too early`,
        );
      default:
    }
  }

  /**
   * Who released a block that is still needed: tags of that call, when the release was not this
   * value's own.
   */
  private releasers(event: EventOf<'misuse'>, user: Entered): Set<Tag> {
    const at = event.block === undefined ? undefined : this.freedIn.get(event.block);
    const releaser = at === undefined ? undefined : this.trace.call(at);
    const owner = event.owner === undefined ? undefined : this.byCall.get(event.owner);
    if (!releaser || !isElement(releaser) || releaser.call === user.call) return new Set();
    const undone = this.byCall.get(releaser.call)?.fate === 'rolled-back';
    if (undone) return new Set<Tag>(['rollback', 'rollback-on-existing']);
    if (!releaser.callback.endsWith('delete_element')) return this.tagsOf(releaser);
    if (owner?.duplicate) return new Set<Tag>(['duplicate']);
    if (owner && owner.fate !== 'held') return new Set();
    const tags = new Set<Tag>(['by-key']);
    const flags = releaser.flags ?? 0;
    if (flags & UPDATE && !releaser.direct) {
      const rolledBack = this.values.some(
        (one) => one.op === releaser.op && one.fate === 'rolled-back',
      );
      for (const tag of rolledBack ? ['rollback', 'rollback-on-existing'] : ['replace'])
        tags.add(tag as Tag);
    } else tags.add('delete');
    if (this.deletions.get(releaser.call)?.value.rejected) tags.add('rejected-delete');
    return tags;
  }
}

const add = <T>(lists: Map<string, T[]>, name: string, one: T): void => {
  lists.set(name, lists.get(name) ?? []);
  lists.get(name)!.push(one);
};

const isElement = (call: Entered): boolean => call.callback.endsWith('_element');

/** The ledger of a trace, one for all monitors. */
export const valueLedger = onePerTrace((trace) => new ValueLedger(trace));

/**
 * What goes visibly wrong in a trace, told apart by whether operations had met before: trouble that
 * comes without company is no matter of concurrency, and after it nothing is blamed on company.
 */
import {
  EBPF_MAP_OPERATION_HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  type EventOf,
  type Handlers,
  type Misuse,
  type TraceView,
} from '../../harness/index.ts';
import { HARMFUL } from '../state/block-ledger.ts';
import { isOrdinary } from '../state/element-call.ts';
import { readersOf } from '../epoch/readers.ts';
import { roomOf } from '../state/room.ts';
import { onePerTrace, inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { DELETERS, overlapsOf, placeOf, type Call, type Overlaps } from './overlap.ts';

export type Trouble = {
  at: { seq: number };
  /** The call it showed in; undefined for what is left over at the end. */
  call: Call | undefined;
  /** Map and key it concerns, when it is one. */
  place: string | null;
  saw: string;
  lost: EventOf<'lost'> | null;
};

const UPDATE = 'preprocess_map_update_element';
const FIND = 'postprocess_map_find_element';
/** Services of a binding that is gone. */
const LATE: readonly Misuse[] = ['service-after-cleanup', 'service-after-detach'];

/**
 * Between its own detach and its own cleanup a binding may still use its services, if it must
 * (UNLOAD-008 advises against); in another's call somebody took it for his own.
 */
const isOwnFarewell = (event: EventOf<'misuse'>, call: Call | undefined): boolean =>
  event.misuse === 'service-after-detach' && (!call || call.binding === event.binding);

/** What others have noted of the trace. */
type Books = {
  overlaps: Overlaps;
  readers: ReturnType<typeof readersOf>['book'];
  room: ReturnType<typeof roomOf>['book'];
  values: ReturnType<typeof valueLedger>['book'];
};

export class Troubles {
  readonly handlers: Handlers;
  /** Told to monitors as it comes. */
  readonly listeners: ((trouble: Trouble) => void)[] = [];
  private readonly trace: TraceView;
  private readonly overlaps: Overlaps;
  private readonly readers: Books['readers'];
  private readonly room: Books['room'];
  private readonly values: Books['values'];
  /** Something went wrong before operations met. */
  private muted = false;
  /** Values that came and went without company: what shows that the provider releases at all. */
  private released = 0;
  private restedAtZero = false;
  private readonly updates = new Map<number, { place: string | null; stored: string }>();
  /** Update callbacks by what they stored: whose value a delete callback is handed. */
  private readonly makers = new Map<string, number>();
  /** Values that came and went, each without company and in company. */
  private readonly alone = new Set<number>();
  private readonly inCompany = new Set<number>();
  private readonly maps = new Set<string>();
  /** Updates that were taken without company, and not refused without it later. */
  private readonly taken = new Set<string>();
  /** By who looks at whose value: whether lookups succeeded before operations met, and always. */
  private readonly foundAlone = new Map<string, boolean>();

  constructor(trace: TraceView, books: Books) {
    this.trace = trace;
    this.overlaps = books.overlaps;
    this.readers = books.readers;
    this.room = books.room;
    this.values = books.values;
    this.handlers = {
      misuse: (event) => {
        if (!HARMFUL.includes(event.misuse) && !LATE.includes(event.misuse)) return;
        const call = trace.call(event.call);
        if (isOwnFarewell(event, call)) return;
        this.tell(event, call, `${event.detail} (in ${call?.callback ?? 'no callback'})`);
      },
      lost: (event) => {
        const call = trace.call(event.call);
        this.tell(event, call, event.detail, event);
      },
      'callback-returned': (event) => this.returned(event),
      'operation-ended': (event) => {
        if (this.overlaps.begun || event.settled !== true) return;
        if (event.resources === 0 && this.updates.size > 0) this.restedAtZero = true;
      },
      'map-created': (event) => void this.maps.add(event.map),
      'map-gone': (event) => void this.maps.delete(event.map),
      balance: (event) => this.atRest(event),
    };
  }

  private tell(
    at: { seq: number },
    call: Call | undefined,
    saw: string,
    lost: Trouble['lost'] = null,
  ): void {
    if (!this.overlaps.begun) this.muted = true;
    // The end of a map whose context was NULL is a matter of LIFE-011, in company or not.
    const isNullDelete =
      call?.callback === 'postprocess_map_delete' && (call.context ?? null) === null;
    if (this.muted || isNullDelete) return;
    const place = call ? placeOf(call) : null;
    for (const listener of this.listeners) listener({ at, call, place, saw, lost });
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    if (!call || call.direct) return;
    if (DELETERS.includes(call.callback)) this.noteRelease(call);
    if (call.callback === UPDATE && event.result === 'EBPF_SUCCESS') {
      this.updates.set(event.call, { place: placeOf(call), stored: event.out ?? call.value ?? '' });
      this.makers.set(`${placeOf(call)} ${event.out ?? call.value}`, event.call);
      if (this.overlaps.begun) this.inCompany.add(event.call);
    }
    if (call.callback === UPDATE) this.noteRefusal(event, call);
    if (call.callback === FIND) this.noteLookup(event, call);
    const reading = this.readers.of(event.call);
    if (!reading || reading.given === null || event.result !== 'EBPF_SUCCESS') return;
    const isKnown = this.trace.subject.profile.valueRelation === 'identity';
    const isWhole = event.out?.length === reading.given.length;
    if (!isKnown || !isWhole || event.out === reading.given) return;
    this.tell(
      event,
      call,
      `a lookup in ${call.map} gave other bytes than the user had put in for the value it was handed`,
    );
  }

  private noteRelease(call: Call): void {
    const maker = this.makers.get(`${placeOf(call)} ${call.value}`);
    if (!this.overlaps.begun) this.released += 1;
    if (maker === undefined) return;
    if (!this.overlaps.begun) this.alone.add(maker);
    else if (((call.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) === 0) this.inCompany.add(maker);
  }

  /**
   * What was taken without company is refused in company. A provider may refuse by key, value and
   * caller, and by what it holds (CRE-021): of other updates nothing is known.
   */
  private noteRefusal(event: EventOf<'callback-returned'>, call: Call): void {
    const { overlaps, values, room, trace } = this;
    const question = this.questionOf(call);
    const isTaken = event.result === 'EBPF_SUCCESS';
    if (overlaps.beside(event.call).every((one) => one.kind !== 'update')) {
      if (isTaken) this.taken.add(question);
      else this.taken.delete(question);
    } else if (!isTaken && this.taken.has(question)) {
      const mayBeInUse =
        trace.subject.profile.duplicatesAllowed !== true && values.isStored(call.value ?? '');
      const isShort = trace.conditions.fail_allocation !== undefined;
      if (mayBeInUse || isShort || room.mayBeFull(call, event.result)) return;
      const saw = `an update of ${call.map} was refused with ${event.result} because another was under way`;
      this.tell(event, call, saw);
    }
  }

  /** What an update asks, and of what: a map of which sizes, with or without a value there. */
  private questionOf(call: Call): string {
    const { key_size, value_size, max_entries, registration } = this.trace.map(call.map) ?? {};
    const isReplacing = this.room.isReplacing(call.call);
    const map = [registration, key_size, value_size, max_entries, isReplacing];
    return [...map, call.key, call.value, call.flags].join(' ');
  }

  /**
   * A value that is stored is not given out although nobody changes its key any more. A provider
   * may refuse by who asks and who stored it: only what was given out to the same is missed.
   */
  private noteLookup(event: EventOf<'callback-returned'>, call: Call): void {
    if (!isOrdinary(call, this.trace)) return;
    const isFound = event.result === 'EBPF_SUCCESS';
    const asks = this.askerOf(call);
    const before = this.foundAlone.get(asks);
    if (!this.overlaps.begun) this.foundAlone.set(asks, isFound && before !== false);
    if (isFound || before !== true || this.overlaps.onSameTarget(event.call).length > 0) return;
    const saw = `a lookup in ${call.map} of a value that is stored answered ${event.result}`;
    this.tell(event, call, `${saw} after changes of several actors`);
  }

  /** Who looks a value up, and in which process it was stored. */
  private askerOf(call: Call): string {
    const maker = this.makers.get(`${placeOf(call)} ${call.value}`);
    const stored = maker === undefined ? undefined : this.trace.call(maker)?.process;
    return [call.process, (call.flags ?? 0) & EBPF_MAP_OPERATION_HELPER, stored].join(' ');
  }

  /**
   * What is left when all maps are gone. Only a provider that was seen to release without company
   * is blamed.
   */
  private atRest(event: EventOf<'balance'>): void {
    if (!this.overlaps.begun || this.muted || this.maps.size > 0) return;
    if (event.why === 'asked') {
      const { resources } = event.balance;
      if (!this.trace.subject.profile.countsResources || !this.restedAtZero || !resources) return;
      const saw = `the provider counts ${resources} value(s) as held when all maps are gone`;
      for (const listener of this.listeners)
        listener({ at: event, call: undefined, place: null, saw, lost: null });
    }
    if (event.why !== 'unloaded' || this.released === 0) return;
    const rows = [...event.balance.blocks, ...event.balance.objects].filter(({ call }) =>
      this.updates.has(call),
    );
    if (rows.some(({ call }) => this.alone.has(call))) return;
    for (const row of rows) {
      if (!this.inCompany.has(row.call)) continue;
      const { place } = this.updates.get(row.call)!;
      const what =
        'block' in row ? `${row.block} (${row.size} bytes)` : `a reference to ${row.object}`;
      const saw =
        `${what}, got for a value that came or went while other operations were under way, ` +
        'is still held after unload';
      for (const listener of this.listeners)
        listener({ at: event, call: undefined, place, saw, lost: null });
    }
  }
}

/** The troubles of a trace, kept once for all monitors. */
export const troublesOf = onePerTrace((trace) => {
  const overlaps = overlapsOf(trace);
  const readers = readersOf(trace);
  const room = roomOf(trace);
  const values = valueLedger(trace);
  const troubles = new Troubles(trace, {
    overlaps: overlaps.book,
    readers: readers.book,
    room: room.book,
    values: values.book,
  });
  return Object.assign(troubles, {
    handlers: inOrder(
      ...[overlaps.handlers, readers.handlers, room.handlers, values.handlers, troubles.handlers],
    ),
  });
});

/**
 * CRUD-FIND-002, a MUST for the provider.
 * Source: docs/CustomMaps.md#Find Element; Example: Object Map insert flow
 */
import type { EventOf, Requirement, TraceView, Reporter, Watch } from '../../harness/index.ts';
import {
  answersLookups,
  createsMaps,
  hasFind,
  hasValues,
  isRelationKnown,
  transforms,
  when,
} from '../state/applies.ts';
import {
  FIND,
  isNamed,
  isOrdinary,
  isReadBeyond,
  isStoreBeyond,
  lostCall,
} from '../state/element-call.ts';
import type { HeldValue } from '../state/held-value.ts';
import { inOrder } from '../state/in-order.ts';
import { type ValueLedger, valueLedger } from '../state/value-ledger.ts';

type Returned = EventOf<'callback-returned'>;

/**
 * Lookups may be refused (CRUD-FIND-008), for want of memory and of handles that are closed as
 * well; but a user who stored a value where lookups are served finds it, whatever its key and its
 * neighbours.
 */
const watchLostEntries: Watch = (say, trace) => {
  const { userLookup } = trace.subject.profile;
  if (userLookup !== 'supported') return {};
  const { book, handlers } = valueLedger(trace);
  let excused = false;
  return inOrder(handlers, {
    'allocation-failed': () => void (excused = true),
    'operation-started': (event) => {
      if (event.operation.op === 'close_handles') excused = true;
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || excused || event.callback !== FIND[0] || event.result === 'EBPF_SUCCESS') return;
      if (call.direct || (call.flags ?? 0) !== 0 || !isOrdinary(call, trace)) return;
      const held = book.meantBy(call);
      const isOwn = held.some(
        (value) =>
          value.fate === 'held' &&
          value.key === (call.key ?? null) &&
          trace.call(value.call)?.process === call.process,
      );
      if (!isOwn || event.result === null) return;
      say.violated(
        event,
        'where lookups are served, an entry that the map holds is found with its value',
        `a lookup of a value that ${call.map} holds was answered ${event.result}`,
      );
    },
  });
};

type Entered = NonNullable<ReturnType<TraceView['call']>>;

/** Successful lookups that the runtime could make, of values that came from an update. */
const eachFound = (
  look: (event: Returned, call: Entered, value: HeldValue, book: ValueLedger) => void,
  trace: TraceView,
) => {
  const { book, handlers } = valueLedger(trace);
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || event.callback !== FIND[0] || event.result !== 'EBPF_SUCCESS') return;
      const value = isOrdinary(call, trace) ? book.valueOf(call) : undefined;
      if (value) look(event, call, value, book);
    },
  });
};

/** CRUD-FIND-002: all of out_value, in the form that users know. */
const watchPublicForm: Watch = (say, trace) => {
  const expecteds = new Map<number, string>();
  const unwritten = new Map<string, { fill: number; untouched: Set<number> }[]>();
  const { valueRelation } = trace.subject.profile;
  const relation = (value: HeldValue): string | null =>
    valueRelation === 'identity' ? value.given : (expecteds.get(value.call) ?? null);
  const complete = (event: Returned, call: Entered): void => {
    const fill = call.fill ?? 0;
    const bytes = (event.out ?? '').match(/../g) ?? [];
    const untouched = new Set(
      bytes.flatMap((byte, at) => (parseInt(byte, 16) === fill ? [at] : [])),
    );
    const name = `${call.map} ${call.value}`;
    const seen = unwritten.get(name) ?? [];
    unwritten.set(name, [...seen, { fill, untouched }]);
    const other = seen.find(
      (one) => one.fill !== fill && [...one.untouched].some((at) => untouched.has(at)),
    );
    if (!other) return;
    const at = [...untouched].find((one) => other.untouched.has(one))!;
    say.violated(
      event,
      'find fills out_value completely',
      `byte ${at} of out_value still held what was there before the call, whatever that was`,
    );
  };
  const form = new FormOfValues(say, trace);
  /** What lookups show is the provider's business; that they show all of it is not. */
  const isOpaque =
    valueRelation === 'opaque' && trace.subject.profile.source['valueRelation'] === 'declared';
  return inOrder(
    {
      'callback-returned': (event) => {
        if (event.expected !== undefined) expecteds.set(event.call, event.expected);
      },
    },
    eachFound((event, call, value, book) => {
      say.exercised();
      if (isOpaque) return complete(event, call);
      const { out } = event;
      if (event.exposes !== undefined) {
        say.violated(
          event,
          'find answers the public form of the stored value',
          `out_value shows the stored representation, with the address of ${event.exposes}`,
        );
        return;
      }
      const due = book
        .meantBy(call)
        .map(relation)
        .filter((one) => one !== null);
      if (due.length && !due.includes(out ?? '')) {
        const rule =
          valueRelation === 'identity'
            ? 'the bytes that were given to the update'
            : "what the profile's value relation makes of the value given";
        say.violated(
          event,
          `a lookup shows ${rule}`,
          `a lookup of a value accepted in ${value.map} showed other bytes`,
        );
        return;
      }
      form.shown(event, value);
      complete(event, call);
    }, trace),
    watchLostEntries(say, trace),
    lossesOfFind(say, trace),
  );
};

/**
 * Where nobody declared what lookups show, it may be any function of the value given, and nothing
 * else: equal values look alike under each key and in each map.
 */
class FormOfValues {
  private readonly say: Reporter;
  private readonly isFunction: boolean;
  private readonly forms = new Map<string, { out: string; of: HeldValue }>();

  constructor(say: Reporter, trace: TraceView) {
    const { valueRelation, source, steadyLookups } = trace.subject.profile;
    this.say = say;
    this.isFunction =
      valueRelation === 'opaque' && source['valueRelation'] === 'probed' && steadyLookups === true;
  }

  shown(event: Returned, value: HeldValue): void {
    if (!this.isFunction) return;
    const out = event.out ?? '';
    const name = `${value.given} ${out.length}`;
    const known = this.forms.get(name) ?? { out, of: value };
    this.forms.set(name, known);
    if (known.out === out || known.of.call === value.call) return;
    this.say.violated(
      event,
      'a lookup shows the value given or what is always made of it, whatever the key and the map',
      known.of.map === value.map
        ? 'equal values were shown differently under two keys or after two updates'
        : 'equal values were shown differently in two maps',
    );
  }
}

/** Losses in ordinary lookups that no rule about sizes, keys or ownership explains. */
const lossesOfFind = (say: Reporter, trace: TraceView) => {
  const { book, handlers } = valueLedger(trace);
  return inOrder(handlers, {
    lost: (event: EventOf<'lost'>) => {
      const call = lostCall(trace, event, FIND);
      if (!call || !isOrdinary(call, trace) || isNamed(event)) return;
      if (isStoreBeyond(event) || isReadBeyond(event)) return;
      if (book.suspicions.some((one) => one.call === call.call)) return;
      say.lost(event, 'find returns with out_value filled');
    },
  });
};

export const rule: Requirement = {
  id: 'CRUD-FIND-002',
  asks: 'A successful find fills all of out_value with the form of the value that users know.',
  passing:
    'Lookups with differently filled buffers gave the same bytes, those that the value ' +
    'relation asks for where it is known, and no stored representation with an address in it. Of ' +
    'values that are declared opaque: all of the buffer was written.',
  look:
    'postprocess_map_find_element: is every byte of out_value written, from the object ' +
    'and not from the stored representation?',
  applies: when(transforms, hasFind, createsMaps, hasValues, answersLookups, isRelationKnown),
  watch: watchPublicForm,
  owns: [{ in: 'postprocess_map_find_element', where: transforms }],
};

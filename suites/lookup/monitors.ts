/** CRUD-FIND for providers: what find writes, what it leaves alone, and that nothing is owned afterwards. */
import type { EventOf, SubjectContext, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { watchLedger } from '../blame.ts';
import { declares } from '../declares.ts';
import {
  FIND,
  isOrdinary,
  isReadBeyond,
  isStoreBeyond,
  lacksKey,
  isNamed,
  lostCall,
} from '../element-call.ts';
import { together } from '../together.ts';
import type { HeldValue } from '../held-value.ts';
import { valueLedger, type ValueLedger } from '../value-ledger.ts';
import { watchLostEntries } from './lost-entries.ts';

type Returned = EventOf<'callback-returned'>;
type Entered = NonNullable<ReturnType<TraceView['call']>>;

/** Successful lookups that the runtime could make, of values that came from an update. */
const eachFound = (
  look: (event: Returned, call: Entered, value: HeldValue, book: ValueLedger) => void,
  trace: TraceView,
) => {
  const { book, handlers } = valueLedger(trace);
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || event.callback !== FIND[0] || event.result !== 'EBPF_SUCCESS') return;
      const value = isOrdinary(call, trace) ? book.valueOf(call) : undefined;
      if (value) look(event, call, value, book);
    },
  });
};

/** CRUD-FIND-002: all of out_value, in the form that users know. */
export const watchPublicForm: Watch = (say, trace) => {
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
  return together(
    {
      'callback-returned': (event) => {
        if (event.expected !== undefined) expecteds.set(event.call, event.expected);
      },
    },
    eachFound((event, call, value, book) => {
      say.exercised();
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
 * Where nobody declared what lookups show, it may be any function of the value given, and nothing else: equal values
 * look alike under each key and in each map.
 */
class FormOfValues {
  private readonly say: Verdicts;
  private readonly isFunction: boolean;
  private readonly forms = new Map<string, { out: string; of: HeldValue }>();

  constructor(say: Verdicts, trace: TraceView) {
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
const lossesOfFind = (say: Verdicts, trace: TraceView) => {
  const { book, handlers } = valueLedger(trace);
  return together(handlers, {
    lost: (event: EventOf<'lost'>) => {
      const call = lostCall(trace, event, FIND);
      if (!call || !isOrdinary(call, trace) || isNamed(event)) return;
      if (isStoreBeyond(event) || isReadBeyond(event)) return;
      if (book.suspicions.some((one) => one.call === call.call)) return;
      say.lost(event, 'find returns with out_value filled');
    },
  });
};

/** CRUD-FIND-004: out_value is NULL where values are stored as given. */
export const watchNullOut: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && event.callback === FIND[0] && (call.out_size ?? null) === null) say.exercised();
  },
  lost: (event) => {
    const call = lostCall(trace, event, FIND);
    if (
      !call ||
      event.how === 'hang' ||
      !isOrdinary(call, trace) ||
      (call.out_size ?? null) !== null
    )
      return;
    if (!isReadBeyond(event) && !isNamed(event))
      say.lost(event, 'find leaves out_value alone when it is NULL with size 0', 'out');
  },
});

/** CRUD-FIND-007: no addresses for users. */
export const watchExposure: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    if (
      event.callback !== FIND[0] ||
      event.result !== 'EBPF_SUCCESS' ||
      !trace.call(event.call)?.map
    )
      return;
    say.exercised();
    if (event.exposes === undefined) return;
    say.violated(
      event,
      'lookups show users no kernel pointers and nothing of the internal representation',
      `out_value holds the address of ${event.exposes}`,
    );
  },
});

/** CRUD-FIND-008: refusing lookups is allowed; what is declared to be refused is. */
export const watchRefusal: Watch = (say, trace) => {
  const { profile } = trace.subject;
  const declared = isLookupDeclaredRefused(trace.subject) ? profile.userLookup : null;
  let failing = false;
  return {
    'allocation-failed': () => void (failing = true),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || event.callback !== FIND[0]) return;
      if (event.result !== 'EBPF_SUCCESS') say.exercised();
      if (declared === null || failing || !isOrdinary(call, trace) || (call.flags ?? 0) !== 0)
        return;
      if (event.result === declared) return;
      say.violated(
        event,
        `a lookup by a user answers ${declared}, as the profile declares`,
        `${event.callback} answered ${event.result}`,
      );
    },
  };
};

/** Whether the profile declares that users look nothing up. */
export const isLookupDeclaredRefused = (subject: SubjectContext): boolean =>
  declares(subject, 'userLookup') && subject.profile.userLookup !== 'supported';

/** CRUD-FIND-009: looking changes nothing: same answer each time, same ownership after. */
export const watchSideEffects: Watch = (say, trace) => {
  const owned = watchLedger(['find'], 'lookups neither consume nor duplicate what is stored')(
    say,
    trace,
  );
  const { profile } = trace.subject;
  const stable = profile.userLookup === 'supported' && profile.valueRelation !== 'opaque';
  const first = new Map<string, Returned>();
  let failing = false;
  return together(owned, {
    'allocation-failed': () => void (failing = true),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== FIND[0]) {
        // Only lookups with nothing in between are compared.
        if (event.callback.endsWith('_element')) first.clear();
        return;
      }
      if (!call || !stable || failing || !isOrdinary(call, trace)) return;
      const name = `${call.map} ${call.key} ${call.value} ${call.flags}`;
      const before = first.get(name);
      if (!before) first.set(name, event);
      else if (before.result !== event.result) {
        say.violated(
          event,
          'repeated lookups of a value that stays stored answer alike',
          `the first answered ${before.result}, a later one ${event.result}`,
        );
      } else if (before.out !== event.out && event.result === 'EBPF_SUCCESS') {
        say.violated(
          event,
          'repeated lookups of a value that stays stored answer alike',
          'a later lookup showed other bytes than the first',
        );
      }
    },
  });
};

/** CRUD-FIND-010: a NULL key or no key length is survived. */
export const watchNullKey: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && event.callback === FIND[0] && lacksKey(call)) say.exercised();
  },
  lost: (event) => {
    const call = lostCall(trace, event, FIND);
    if (!call || !lacksKey(call)) return;
    say.lost(
      event,
      'find copes with key NULL and with key_size 0',
      call.key === null ? 'key' : 'size',
    );
  },
});

/**
 * CRUD-UPD-003, a MUST for the provider.
 * Source: docs/CustomMaps.md#Add/Update Element
 */
import type { CallbackEntered, EventOf, Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, hasUpdate, hasValues, transforms, when } from '../state/applies.ts';
import { watchLedger } from '../state/blame.ts';
import {
  DELETES,
  FIND,
  UPDATES,
  hasOddSizes,
  isNamed,
  isOrdinary,
  isReadBeyond,
  isStoreBeyond,
  lostCall,
} from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { isUpdate } from './refusals.ts';

type Returned = EventOf<'callback-returned'>;

/** CRUD-UPD-003: what was in out_value before must not matter to anything later. */
const watchCompleteValue: Watch = (say, trace) => {
  const owned = watchLedger(['filled'], 'the stored representation is written completely')(
    say,
    trace,
  );
  const { book, handlers } = valueLedger(trace);
  const expected = 'a value is stored the same whatever out_value held before the update';
  /** Answers to lookups, by value and by whether its update found zeros. */
  const answers = new Map<
    string,
    { plain: Map<number, string>; filled: { answer: string; event: Returned }[] }
  >();
  return inOrder(handlers, owned, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || !isOrdinary(call, trace)) return;
      if (isUpdate(event)) {
        if (event.result === 'EBPF_SUCCESS') say.exercised();
        return;
      }
      if (event.callback !== FIND[0]) return;
      const value = book.valueOf(call);
      if (!value) return;
      const seen = answers.get(value.given) ?? { plain: new Map<number, string>(), filled: [] };
      answers.set(value.given, seen);
      const answer = `${event.result} ${event.out ?? ''}`;
      if (value.filled) seen.filled.push({ answer, event });
      else seen.plain.set(value.call, answer);
      // Only what two updates over zeros made alike can be expected of others.
      const [usual, ...more] = new Set(seen.plain.values());
      if (seen.plain.size < 2 || more.length > 0) return;
      for (const one of seen.filled.splice(0)) {
        if (one.answer === usual) continue;
        say.violated(
          one.event,
          expected,
          'a lookup answered differently for a value whose out_value was not zero before the update',
        );
      }
    },
    misuse: (event) => {
      const call = trace.call(event.call);
      const wild = ['bad-access', 'null-access', 'out-of-bounds', 'free-foreign'].includes(
        event.misuse,
      );
      if (call && wild && !hasOddSizes(call, trace) && book.valueOf(call)?.filled) {
        say.violated(
          event,
          expected,
          `${call.callback} used bytes of the stored value that the update had not written: ${event.detail}`,
        );
      }
    },
    lost: (event) => {
      const later = lostCall(trace, event, [...FIND, ...DELETES]);
      if (later && isOrdinary(later, trace) && book.valueOf(later)?.filled)
        say.lost(event, expected);
      const call = lostCall(trace, event, UPDATES);
      if (!call || !isOrdinary(call, trace) || isNamed(event)) return;
      if (isStoreBeyond(event) || isReadBeyond(event)) return;
      if (!book.suspicions.some((one) => one.call === call.call))
        say.lost(event, 'the update callback returns with out_value written');
    },
  });
};

/** What became of an update that left out_value as it was. */
const watchUnwritten: Watch = (say, trace) => {
  const { book, handlers } = valueLedger(trace);
  const expected = 'an update that succeeds has written the stored representation';
  const saw = 'the update succeeded and left out_value as it was before';
  /** Stored representations that are what lay in out_value before the update. */
  const untouched = new Set<string>();
  /** Values that were written served in these callbacks: others can be expected to. */
  const served = new Set<string>();
  const isUntouched = (call: CallbackEntered): boolean =>
    isOrdinary(call, trace) && untouched.has(`${call.map} ${call.value}`);
  const isBad = (event: Returned, call: CallbackEntered & { seq: number }): boolean =>
    event.callback === FIND[0] &&
    book.meantBy(call).some((value) => trace.call(value.call)?.process === call.process) &&
    (event.result !== 'EBPF_SUCCESS' ||
      (trace.subject.profile.valueRelation === 'identity' &&
        !book.meantBy(call).some(({ given }) => given === event.out)));
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || trace.isShort) return;
      if (isUpdate(event)) {
        const fill = (call.fill ?? 0).toString(16).padStart(2, '0');
        const isSame = event.out === fill.repeat((event.out?.length ?? 0) / 2);
        if (event.result === 'EBPF_SUCCESS' && isSame) untouched.add(`${call.map} ${event.out}`);
      } else if (!isUntouched(call)) served.add(event.callback);
      else if (served.has(event.callback) && isBad(event, call))
        say.violated(event, expected, `${saw}; a lookup then answered ${event.result}`);
    },
    lost: (event) => {
      const later = lostCall(trace, event, [...FIND, ...DELETES]);
      if (later && !trace.isShort && isUntouched(later) && served.has(event.callback))
        say.lost(event, expected, 'compared');
    },
  });
};

export const rule: Requirement = {
  id: 'CRUD-UPD-003',
  asks: 'A successful update writes every byte of the stored representation that matters later.',
  passing:
    'Values updated into buffers of zeros and of other bytes were looked up and released alike.',
  look: 'preprocess_map_update_element: which bytes of out_value does it leave as they were?',
  applies: when(transforms, hasUpdate, createsMaps, hasValues),
  watch: (say, trace) => inOrder(watchCompleteValue(say, trace), watchUnwritten(say, trace)),
  owns: [{ in: 'preprocess_map_update_element', where: transforms }],
};

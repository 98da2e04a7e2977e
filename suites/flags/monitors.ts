/** FLAG and SIZE for providers: flags are a set of bits, sizes are there to be checked. */
import type { TraceView, Watch } from '../../harness/index.ts';
import { EBPF_MAP_OPERATION_HELPER as HELPER, flagNames } from '../../harness/index.ts';
import { watchLedger } from '../blame.ts';
import {
  DELETES,
  FIND,
  hasOddSizes,
  hasUnknownFlags,
  isHelperOnTransforming,
  isHostile,
  lacksKey,
  lostCall,
  UPDATES,
} from '../element-call.ts';
import { together } from '../together.ts';
import { valueLedger } from '../value-ledger.ts';
import { flagsIn, isRuledOut } from '../cause.ts';

type Entered = NonNullable<ReturnType<TraceView['call']>>;

const ELEMENTS = [...FIND, ...UPDATES, ...DELETES] as const;
const isElement = (callback: string): boolean => (ELEMENTS as readonly string[]).includes(callback);
const isDelete = (callback: string): boolean => (DELETES as readonly string[]).includes(callback);

/** FLAG-005: HELPER|UPDATE releases as UPDATE does. */
export const watchBitSet: Watch = (say, trace) => {
  const expected = 'flags are tested bit by bit: HELPER|UPDATE releases as UPDATE does';
  const isSet = (call: Entered | undefined): call is Entered => {
    const flags = call?.flags ?? 0;
    return (
      call !== undefined &&
      isDelete(call.callback) &&
      (flags & HELPER) !== 0 &&
      (flags & ~HELPER) !== 0 &&
      !hasUnknownFlags(call)
    );
  };
  /** UPDATE or MAP_CLEANUP alone are refused as well: then it is no matter of bits (CRUD-DEL-006). */
  let refusesAny = false;
  return together(watchLedger(['flag-set'], expected, [])(say, trace), {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      const failed = event.callback === DELETES[0] && event.result !== 'EBPF_SUCCESS';
      if (failed && call && (call.flags ?? 0) & ~HELPER && !isSet(call)) refusesAny = true;
      if (!isSet(call)) return;
      say.exercised();
      if (failed && !refusesAny && !isHostile(call, trace)) {
        say.violated(
          event,
          expected,
          `it answered ${event.result} with flags ${flagNames(call.flags ?? 0)}`,
        );
      }
    },
    lost: (event) => {
      // Where UPDATE alone is as unexpected, it is no matter of bits (CRUD-DEL-013).
      const isAnnounced = trace.subject.profile.hasUpdate;
      if (isRuledOut(event, 'flags')) return;
      const grounds = severalBits(flagsIn(event)) ? 'cause' : undefined;
      if (isAnnounced && isSet(lostCall(trace, event, DELETES))) say.lost(event, expected, grounds);
    },
  });
};

const severalBits = (flags: number): boolean => (flags & (flags - 1)) !== 0;

/** The flags that the contract defines. */
const knownFlags = 0x07;

/** FLAG-006: unknown bits change nothing. */
export const watchUnknownBits: Watch = (say, trace) => {
  const expected = 'bits of flags that the contract does not define change nothing';
  const { book, handlers } = valueLedger(trace);
  /** Answers of calls with known flags only, by what else they were. */
  const answers = new Map<string, string>();
  const nameOf = (call: Entered): string =>
    `${call.callback} ${call.map} ${call.key} ${call.value} ${(call.flags ?? 0) & 7}`;
  return together(handlers, watchLedger(['unknown-flag'], expected, [])(say, trace), {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || !isElement(call.callback) || hasOddSizes(call, trace) || lacksKey(call)) return;
      const isUpdate = call.callback === UPDATES[0];
      // What an update stores may differ each time; whether it is accepted may not.
      const stable =
        trace.subject.profile.valueRelation !== 'opaque' && !isUpdate && !isDelete(call.callback);
      const answer = `${event.result} ${stable ? (event.out ?? '') : ''}`;
      const name = nameOf(call);
      if (!hasUnknownFlags(call)) {
        answers.set(name, answer);
        return;
      }
      say.exercised();
      const known = answers.get(name);
      if (
        known === undefined ||
        known === answer ||
        (isDelete(call.callback) && !book.isKnown(call))
      )
        return;
      say.violated(
        event,
        expected,
        `with flags ${flagNames(call.flags ?? 0)} ${call.callback} answered ` +
          `${event.result ?? 'nothing'}, otherwise than without the unknown bit`,
      );
    },
    lost: (event) => {
      const call = lostCall(trace, event, ELEMENTS);
      if (!call || !hasUnknownFlags(call) || isRuledOut(event, 'flags')) return;
      say.lost(event, expected, flagsIn(event) & ~knownFlags ? 'cause' : undefined);
    },
  });
};

/** FLAG-007: what never happens may be refused. */
export const watchHelperRefusal: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && isElement(call.callback) && isHelperOnTransforming(call, trace)) say.exercised();
  },
});

/** SIZE-004: sizes smaller than agreed lead to a refusal or to less being touched, not to harm. */
export const watchSmallSizes: Watch = (say, trace) => {
  const expected = 'sizes that are too small are refused, or no more than that is read and written';
  const isSmall = (call: Entered | undefined): call is Entered =>
    call !== undefined &&
    (call.callback === FIND[0] || call.callback === UPDATES[0]) &&
    call.direct &&
    hasOddSizes(call, trace);
  const wild = ['out-of-bounds', 'bad-access', 'null-access', 'free-foreign', 'use-after-free'];
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!isSmall(call)) return;
      say.exercised();
      for (const damage of event.damage) {
        if (damage.what !== 'overrun' && damage.what !== 'touched') continue;
        say.violated(event, expected, `${event.callback} reached beyond ${damage.buffer}`);
      }
    },
    misuse: (event) => {
      if (isSmall(trace.call(event.call)) && wild.includes(event.misuse))
        say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (isSmall(lostCall(trace, event, [...FIND, ...UPDATES]))) say.lost(event, expected, 'size');
    },
  };
};

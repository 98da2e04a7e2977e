/**
 * FLAG-006, a SHOULD for the provider.
 * Source: docs/eBpfExtensions.md#2.2.1 option 2 (flags may be extended)
 */
import { type Requirement, type Watch, flagNames } from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { flagsIn, isRuledOut } from '../state/cause.ts';
import {
  UPDATES,
  hasOddSizes,
  hasUnknownFlags,
  lacksKey,
  lostCall,
} from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { ELEMENTS, type Entered, isDelete, isElement } from './element-flags.ts';
import { elements } from './conditions.ts';

/** The flags that the contract defines. */
const knownFlags = 0x07;

/** FLAG-006: unknown bits change nothing. */
const watchUnknownBits: Watch = (say, trace) => {
  const expected = 'bits of flags that the contract does not define change nothing';
  const { book, handlers } = valueLedger(trace);
  /** Answers of calls with known flags only, by what else they were. */
  const answers = new Map<string, string>();
  const nameOf = (call: Entered): string =>
    `${call.callback} ${call.map} ${call.key} ${call.value} ${(call.flags ?? 0) & 7}`;
  return inOrder(handlers, watchLedger(['unknown-flag'], expected, [])(say, trace), {
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

export const rule: Requirement = {
  id: 'FLAG-006',
  asks: 'Bits of flags that the provider does not know are ignored.',
  passing: 'Find, update and delete behaved with bit 31 set as without.',
  look: 'the callbacks: is an unknown bit refused, or flags used as a number?',
  applies: elements,
  watch: watchUnknownBits,
};

/**
 * FLAG-005, a MUST for the provider.
 * Source: docs/CustomMaps.md#Flags
 */
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { createsMaps, hasDelete, hasValues, storesAsGiven, when } from '../state/applies.ts';
import { watchLedger } from '../state/blame.ts';
import { flagsIn, isRuledOut } from '../state/cause.ts';
import { DELETES, hasUnknownFlags, isHostile, lostCall } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { type Entered, isDelete } from './element-flags.ts';

/** FLAG-005: HELPER|UPDATE releases as UPDATE does. */
const watchBitSet: Watch = (say, trace) => {
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
  /**
   * UPDATE or MAP_CLEANUP alone are refused as well: then it is no matter of bits (CRUD-DEL-006).
   */
  let refusesAny = false;
  return inOrder(watchLedger(['flag-set'], expected, [])(say, trace), {
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

export const rule: Requirement = {
  id: 'FLAG-005',
  asks: 'Flags are a set of bits: HELPER|UPDATE is UPDATE as well as HELPER.',
  passing: 'Deletes with HELPER|UPDATE released, as far as counter, memory and references show.',
  look: 'the delete callback: is flags compared with == where a bit is meant?',
  applies: when(storesAsGiven, hasDelete, createsMaps, hasValues),
  watch: watchBitSet,
};

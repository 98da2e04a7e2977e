/**
 * CRUD-FIND-009, a MUST for the provider.
 * Source: docs/CustomMaps.md#Find Element
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { FIND, isOrdinary } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { hasFindAndValuesShown } from './conditions.ts';

type Returned = EventOf<'callback-returned'>;

/** CRUD-FIND-009: looking changes nothing: same answer each time, same ownership after. */
const watchSideEffects: Watch = (say, trace) => {
  const owned = watchLedger(['find'], 'lookups neither consume nor duplicate what is stored')(
    say,
    trace,
  );
  const { profile } = trace.subject;
  const stable = profile.userLookup === 'supported' && profile.valueRelation !== 'opaque';
  const first = new Map<string, Returned>();
  let failing = false;
  return inOrder(owned, {
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

export const rule: Requirement = {
  id: 'CRUD-FIND-009',
  asks:
    'Lookups have no side effects on ownership: any number of them leaves the stored ' +
    'resource as it was.',
  passing:
    'After many lookups the answers were the same, a delete released the value once, and ' +
    'counter, memory and references were as without lookups.',
  look: 'postprocess_map_find_element: is a reference taken or dropped, or the object freed?',
  applies: hasFindAndValuesShown,
  watch: watchSideEffects,
};

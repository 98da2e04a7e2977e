/** What shows that a helper looks another key up than the one that the program gave. */
import type { EventOf, TraceView, Reporter } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { helperCallsOf, isFailure, subjectOf, type HelperCall } from './calls.ts';

/** Keys whose whole value a helper has to hand out before it is said to hand values out. */
const keysToLearn = 2;

/**
 * A helper may make anything of a value. One that handed out the values of several keys as they
 * were given, which is how lookups show them as well, hands out those of all others.
 */
export const watchValueOfItsKey = (say: Reporter, trace: TraceView) => {
  const { book, handlers } = helperCallsOf(trace);
  const handedOut = new Map<number, Set<string>>();
  const judge = (event: EventOf<'operation-ended'>, call: HelperCall): void => {
    if (call.given !== 'own' || call.key !== 'stored' || !call.fitting || !call.answer) return;
    const { returned, destination } = call.answer;
    const own = call.values?.own;
    const { valueRelation } = trace.subject.profile;
    if (own === undefined || trace.isShort || valueRelation !== 'identity') return;
    const known = handedOut.get(call.helper) ?? new Set();
    handedOut.set(call.helper, known);
    const isRefused = isFailure(returned);
    if (!isRefused && destination === own) return void known.add(own);
    if (known.size < keysToLearn) return;
    say.violated(
      event,
      'a helper asks find_element_function for the key that the program gave, all of it',
      isRefused
        ? `${subjectOf(call)} refused a key that the map holds, and handed out the values of others`
        : `${subjectOf(call)} handed out other bytes than the value of the key, and the values of other keys as they are`,
    );
  };
  return inOrder(handlers, {
    'operation-ended': (event: EventOf<'operation-ended'>) => {
      const call = book.of(event.op);
      if (call) judge(event, call);
    },
  });
};

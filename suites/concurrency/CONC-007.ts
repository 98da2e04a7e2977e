/**
 * CONC-007, a MUST NOT for the provider.
 * Source: libs/execution_context/ebpf_maps.c:pre_free; docs/CustomMaps.md#Concurrency and IRQL
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { isLockLoss } from './company.ts';
import { DELETERS, overlapsOf } from './overlap.ts';
import { hearsOfBoth } from './conditions.ts';

/** CONC-007: nobody waits, in a callback, for another operation that cannot move. */
const watchDeadlock: Watch = (say, trace) => {
  const expected =
    'no callback waits for something that another operation holds from its update ' +
    'callback on, least of all a delete callback under a spin lock';
  const { book: overlaps, handlers } = overlapsOf(trace);
  const isBetween = (call: number): boolean => overlaps.beside(call).some((one) => one.between);
  return inOrder(handlers, {
    'callback-entered': (event) => {
      if (!event.direct && DELETERS.includes(event.callback) && isBetween(event.call))
        say.exercised();
    },
    lost: (event) => {
      const isProbed = trace.probes.includes('CONC-007');
      if (isLockLoss(event) && (isBetween(event.call) || isProbed))
        say.lost(event, expected, 'order');
    },
  });
};

export const rule: Requirement = {
  id: 'CONC-007',
  asks:
    'No deadlock when a delete callback runs under a spin lock of the runtime while ' +
    'another thread is inside an update.',
  passing:
    'Delete callbacks, under the bucket lock where the runtime holds it, came back while ' +
    'another actor was between its update callback and the end of its update.',
  look: 'Locks and flags that are taken in the update callback and released in another.',
  applies: hearsOfBoth,
  watch: watchDeadlock,
  underThreads: {
    exercisedBy: 'delete-during-update',
    brokenBy: {
      'update-and-delete-stuck':
        'a delete callback and an update callback do not wait for each other',
    },
    isOfThreads: true,
    isAdvice: ({ deleteStyle }) => deleteStyle !== 'preprocess',
  },
};

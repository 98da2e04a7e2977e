/**
 * UNLOAD-005, a MUST for the provider.
 * Source: netioddk (NMR contract)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { endOfABinding } from '../state/blind-spots.ts';
import { ledgerOf } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from './deregistrations.ts';
import { detach } from './binding-ends.ts';

/** UNLOAD-005: detach answers SUCCESS, or PENDING and one completion. */
const watchDetach: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const { book: ledger, handlers: ledgerHandlers } = ledgerOf(trace);
  /** Detaches under way: whether the completion was reported from inside. */
  const running = new Map<string, { completed: boolean }>();
  const answered = new Map<string, string | null>();
  let whole = true;
  return inOrder(handlers, ledgerHandlers, {
    'bound-reached': () => void (whole = false),
    'callback-entered': (event) => {
      if (event.callback === detach) running.set(event.binding ?? '', { completed: false });
    },
    'binding-state': (event) => {
      // Without a binding context there is no call, and nothing to answer.
      if (event.state === 'detached' && event.context === null) say.exercised();
      const detaching = running.get(event.binding);
      if (detaching && event.state === 'detached') detaching.completed = true;
    },
    'callback-returned': (event) => {
      const binding = trace.call(event.call)?.binding;
      if (event.callback !== detach || binding === undefined) return;
      const completed = running.get(binding)?.completed ?? false;
      running.delete(binding);
      answered.set(binding, event.result);
      say.exercised();
      if (event.result === 'STATUS_SUCCESS') {
        if (completed)
          say.violated(
            event,
            'NmrProviderDetachClientComplete only after STATUS_PENDING',
            `${detach} reported completion for ${binding} and answered STATUS_SUCCESS`,
          );
      } else if (event.result !== 'STATUS_PENDING') {
        say.violated(
          event,
          `STATUS_SUCCESS or STATUS_PENDING from ${detach}`,
          `it answered ${event.result} for ${binding}`,
        );
      }
    },
    misuse: (event) => {
      if (event.misuse !== 'detach-complete-unexpected') return;
      say.violated(
        event,
        'NmrProviderDetachClientComplete exactly once for a detach that is pending',
        event.detail,
      );
    },
    lost: (event) => {
      whole = false;
      const isStuck =
        event.callback === 'stop' && event.how === 'hang' && state.pendingDetach.size > 0;
      if (event.callback === detach && !ledger.isHarmed(event.call))
        say.lost(event, `${detach} answers and returns`);
      else if (isStuck)
        say.lost(
          event,
          'NmrProviderDetachClientComplete ends every detach that was answered with STATUS_PENDING',
        );
    },
    end: (last) => {
      if (!whole) return;
      for (const binding of state.pendingDetach) {
        say.violated(
          last,
          'NmrProviderDetachClientComplete after STATUS_PENDING',
          `the detach of ${binding} was still pending when all deferred work was done`,
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'UNLOAD-005',
  asks:
    'ProviderDetachClient answers STATUS_SUCCESS, or STATUS_PENDING and then calls ' +
    'NmrProviderDetachClientComplete once.',
  passing: 'Every detach was answered so, and every pending one was completed once.',
  look: 'ProviderDetachClient: no other status, and one completion on every path.',
  watch: watchDetach,
  owns: ['ProviderDetachClient'],
  blindSpots: { externalNmr: endOfABinding },
};

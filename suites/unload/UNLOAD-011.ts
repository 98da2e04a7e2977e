/**
 * UNLOAD-011, a SHOULD for the provider.
 * Source: Microsoft, NmrDeregisterProvider and NmrWaitForProviderDeregisterComplete functions
 * (netioddk.h), return value (other status codes: an error occurred; STATUS_INVALID_PARAMETER for
 * a wait without a deregistration)
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { amount, byMaker } from '../state/block-ledger.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from './deregistrations.ts';

const expected =
  'a stop whose deregistration is answered with an error comes back and leaves nothing else undone';

/**
 * UNLOAD-011: what failed is that one registration, and what can be done for it and for the others
 * is done.
 */
const watchErrors: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const { book: registrations, handlers: registrationHandlers } = registrationsOf(trace);
  /** An error was answered and nothing has been started anew since. */
  let hasFailed = false;
  const othersOf = (event: EventOf<'module'>): void => {
    for (const registration of registrations.facts.keys()) {
      const found = state.of(registration);
      if (!found && state.refused.has(registration)) continue;
      const isWaitedFor = found && (found.status !== 'STATUS_PENDING' || found.waited);
      if (isWaitedFor) continue;
      const saw = found ? 'was not waited for' : 'was left registered';
      say.violated(event, expected, `${registration} ${saw}, and what failed was another one`);
    }
  };
  const isAllGone = (): boolean =>
    [...registrations.facts.keys()].every((one) => state.of(one)?.complete === true);
  return inOrder(handlers, registrationHandlers, {
    'callback-entered': (event) => {
      if (event.callback === 'start') hasFailed = false;
    },
    deregister: (event) => {
      if (event.registration !== null && !state.of(event.registration)) hasFailed = true;
    },
    'deregister-wait': (event) => {
      const isError = event.phase === 'returned' && event.status === 'STATUS_UNSUCCESSFUL';
      if (isError) hasFailed = true;
    },
    module: (event) => {
      if (!hasFailed || event.what !== 'stopped') return;
      say.exercised();
      othersOf(event);
    },
    balance: (event) => {
      if (!hasFailed || event.why !== 'unloaded' || !isAllGone()) return;
      const left = [...byMaker(event.balance)].find(
        ([call]) => trace.call(call)?.callback === 'start',
      );
      if (left)
        say.violated(event, expected, `${amount(left[1])} of start still there after unload`);
    },
    misuse: (event) => {
      const isHandle =
        event.misuse === 'deregister-bad-handle' || event.misuse === 'wait-bad-handle';
      if (hasFailed && isHandle) say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (hasFailed && event.callback === 'stop') say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'UNLOAD-011',
  asks: 'stop copes with errors of NmrDeregisterProvider and NmrWaitForProviderDeregisterComplete.',
  passing:
    'Each of the two answered an error in turn: stop came back, the other providers were gone, only handles ' +
    'of its own went to the registrar, and nothing was left once all had gone.',
  look: 'The unload routine: an early return, a retry without end, a handle that is used again.',
  watch: watchErrors,
  blindSpots: {
    externalNmr: 'an external NMR answers no deregistration with an error when it is asked to',
  },
};

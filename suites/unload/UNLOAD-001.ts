/**
 * UNLOAD-001, a MUST for the provider.
 * Source: docs/eBpfExtensions.md#2.3/2.7; netioddk (NMR contract)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from './deregistrations.ts';

const waits = 'NmrWaitForProviderDeregisterComplete';

/** UNLOAD-001: stop deregisters, and waits when it is told STATUS_PENDING. */
const watchStop: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const { book: state, handlers: stateHandlers } = deregistrationsOf(trace);
  let stopping = false;
  const done = new Set<string>();
  return inOrder(handlers, stateHandlers, {
    'callback-entered': (event) => {
      if (event.callback === 'stop') stopping = true;
    },
    'registration-changed': (event) => {
      const { status } = state.of(event.registration) ?? { status: null };
      if (!stopping || status === 'STATUS_SUCCESS' || state.of(event.registration)?.complete)
        return;
      say.violated(
        event,
        'registration data stays valid until the deregistration is complete',
        event.unreadable === null
          ? `${event.paths.join(', ')} changed while the provider was stopping`
          : `it could not be read any more: ${event.unreadable}`,
      );
    },
    module: (event) => {
      if (event.what === 'started') return;
      // A start that failed is the end of the module as well: nobody calls its stop.
      stopping = false;
      for (const registration of registrations.facts.keys()) {
        if (done.has(registration)) continue;
        done.add(registration);
        say.exercised();
        const found = state.of(registration);
        if (!found && state.refused.has(registration)) continue;
        if (!found) {
          say.violated(
            event,
            'NmrDeregisterProvider for every registration before stop returns',
            `${registration} was left registered`,
          );
        } else if (found.status === 'STATUS_PENDING' && !found.waited) {
          say.violated(
            event,
            `${waits} after NmrDeregisterProvider answered STATUS_PENDING`,
            `stop returned without waiting for ` +
              `${registration}${found.complete ? '' : ', which is still deregistering'}`,
          );
        }
      }
    },
    misuse: (event) => {
      if (event.misuse === 'deregister-bad-handle') {
        say.violated(
          event,
          'each registration is deregistered once, by its own handle',
          event.detail,
        );
      }
    },
    lost: (event) => {
      if (event.callback !== 'stop') return;
      if (event.how === 'hang' && (state.waitedInVain || state.bound() === 0)) return;
      if (event.how === 'hang' && state.pendingDetach.size > 0) return;
      say.lost(event, 'stop deregisters, waits where it must, and returns');
    },
  });
};

export const rule: Requirement = {
  id: 'UNLOAD-001',
  asks:
    'stop deregisters every provider and, told STATUS_PENDING, waits for completion before ' +
    'anything is freed or unloaded.',
  passing:
    'It did with no client, with maps alive, and where the registrar always answers STATUS_PENDING.',
  look:
    'The unload routine: NmrDeregisterProvider, then NmrWaitForProviderDeregisterComplete if ' +
    'it answered STATUS_PENDING.',
  watch: watchStop,
  // A stop that hangs for want of a client is claimed by UNLOAD-002 itself.
  owns: ['stop'],
  blindSpots: {
    externalNmr: "an external NMR hides the provider's own calls of it and what they were answered",
  },
  underThreads: {
    brokenBy: {
      'stopped-too-soon': 'the provider waits for its deregistration before it ends',
      'stop-stuck': 'every callback returns, whatever the other threads do',
    },
    owns: (place) => place === 'cmc_provider_stop',
  },
};

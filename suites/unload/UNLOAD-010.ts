/**
 * UNLOAD-010, a MUST for the runtime.
 * Source: netioddk (NMR contract); usersim src/nmr_impl.cpp:bind (deregistering)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from './deregistrations.ts';

/** UNLOAD-010: no new map from a provider that is deregistering. */
const watchNoNewMaps: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const { book: registrations, handlers: registrationHandlers } = registrationsOf(trace);
  const leaving = (registration: string): boolean => state.of(registration) !== undefined;
  const allLeaving = (): boolean => [...registrations.facts.keys()].every(leaving);
  const asked = new Map<number, boolean>();
  return inOrder(handlers, registrationHandlers, {
    'operation-started': (event) => {
      if (event.operation.op !== 'create') return;
      const pending = [...registrations.facts.keys()].some((one) => state.isPending(one));
      asked.set(event.op, pending && allLeaving());
    },
    'callback-entered': (event) => {
      if (event.callback !== 'ProviderAttachClient' || !leaving(event.registration ?? '')) return;
      say.violated(
        event,
        'no attach once the deregistration has begun',
        `${event.registration} was attached to`,
      );
    },
    'operation-ended': (event) => {
      if (!asked.get(event.op)) return;
      say.exercised();
      const map = event.result === 'EBPF_SUCCESS' ? trace.map(event.map) : undefined;
      if (!map || !leaving(map.registration)) return;
      say.violated(event, 'no new map once the deregistration has begun', `${map.map} was created`);
    },
  });
};

export const rule: Requirement = {
  id: 'UNLOAD-010',
  asks: 'No new map is created from a provider whose deregistration has begun.',
  passing: 'Creations during a pending deregistration failed.',
  look: 'The registrar’s choice of providers.',
  watch: watchNoNewMaps,
};

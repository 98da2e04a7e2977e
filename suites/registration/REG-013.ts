/**
 * REG-013, a MUST for the provider.
 * Source: netioddk (NMR contract); libs/execution_context/ebpf_maps.c:NmrClientAttachProvider call
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { SUCCESS } from './attach.ts';
import { Clients, isAsRuntime, isWithinLimit } from './clients.ts';

/**
 * A map whose client is attached inside the registration is created there too: the provider is up
 * by then.
 */
const watchEarlyMap: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call?.callback !== 'preprocess_map_create' || event.result === 'EBPF_SUCCESS') return;
    if (trace.call(call.within)?.callback !== 'start') return;
    // Where an allocation fails, refusing is right.
    if (trace.conditions.fail_allocation !== undefined) return;
    if (trace.subject.profile.accepted.length === 0) return;
    say.violated(
      event,
      'a client that is attached inside the registration is served at once',
      `a map that waited for the provider was answered with ${event.result ?? 'nothing'}`,
    );
  },
});

/** REG-013: a client of today's runtime is accepted, and both outputs are written. */
const watchAccepts: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const alone = new Set<string>();
  return inOrder(clients.handlers, watchEarlyMap(say, trace), {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      if (!client || !isAsRuntime(client) || clients.short.has(event.call)) return;
      if (!isWithinLimit(trace, client.others)) return;
      if (event.result === SUCCESS) {
        say.exercised();
        alone.add(client.registration);
        const unset = [
          ...(event.wrote_context === false ? ['*ProviderBindingContext'] : []),
          ...(event.wrote_dispatch === false ? ['*ProviderDispatch'] : []),
        ];
        if (unset.length === 0) return;
        say.violated(
          event,
          'an accepted attach sets both output parameters (NULL is a value)',
          `${unset.join(' and ')} was not written`,
        );
        return;
      }
      // Refused only beside other bindings: that is REG-015.
      if (client.others > 0 && alone.has(client.registration)) return;
      say.violated(
        event,
        'an attach with valid client data is answered with STATUS_SUCCESS',
        `it was answered with ${event.result ?? 'nothing'}`,
      );
    },
    lost: (event) => {
      const client = clients.byCall.get(event.call);
      if (event.callback !== 'ProviderAttachClient' || !client || !isAsRuntime(client)) return;
      say.lost(event, 'an attach with valid client data returns STATUS_SUCCESS');
    },
  });
};

export const rule: Requirement = {
  id: 'REG-013',
  asks:
    "An attach with today's client data is accepted: STATUS_SUCCESS, and both output " +
    'parameters are written. NULL is a value for either.',
  passing:
    'Every attach of a client as the runtime makes it was accepted; sentinels in the output parameters were gone.',
  look:
    'ProviderAttachClient: which check refuses valid client data, or which path returns ' +
    'without writing an output?',
  watch: watchAccepts,
  owns: ['ProviderAttachClient'],
  blindSpots: {
    externalNmr:
      'an external NMR writes the outputs of an attach itself: attaches were accepted, but whether ' +
      'the provider wrote both outputs is not seen',
  },
};

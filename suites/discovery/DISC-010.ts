/**
 * DISC-010, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Discovery and Creation;
 * libs/execution_context/ebpf_maps.c:ebpf_custom_map_create (reads the table without the lock)
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { watchCreations } from './creation.ts';

/** DISC-010: who comes, goes, refuses or dawdles during a creation does it no harm. */
const watchUnsettled: Watch = (say, trace) => {
  const attached = new Set<string>();
  const early: EventOf<'callback-entered'>[] = [];
  const creations = watchCreations(trace, {
    ended: (creation) => {
      if (!creation.unsettled) return;
      say.exercised();
      for (const call of early.filter(({ op }) => op === creation.op))
        say.violated(
          call,
          'a map gets a provider whose attach has come back with success, or there is no map',
          `${call.callback} of ${call.registration ?? 'a provider'} was called without such an attach`,
        );
    },
  });
  return inOrder(
    {
      'binding-state': ({ binding, state }) => {
        if (state === 'attached') attached.add(binding);
      },
      'callback-entered': (event) => {
        const { binding, callback, direct } = event;
        if (direct || callback !== 'preprocess_map_create') return;
        if (binding === undefined || !attached.has(binding)) early.push(event);
      },
    },
    creations,
  );
};

export const rule: Requirement = {
  id: 'DISC-010',
  asks:
    'Providers that register, deregister, refuse or take their time while a map is created do ' +
    'it no harm: it gets one whose attach has come back with success, or the creation fails.',
  passing:
    'Providers came and went during creations, and preprocess_map_create came only where an ' +
    'attach had succeeded.',
  look:
    'When a provider found is shown to the creation that waits for it: table and binding context ' +
    'together, after the attach, and read under the lock.',
  watch: watchUnsettled,
  blindSpots: { transcripts: 'no provider comes or goes while a map is created' },
};

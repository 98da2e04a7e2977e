/**
 * UNLOAD-008, a SHOULD NOT for the provider.
 * Source: netioddk (NMR contract); docs/CustomMaps.md#Map Lifecycle
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { endOfABinding } from '../state/blind-spots.ts';
import { detach } from './binding-ends.ts';

/** UNLOAD-008: after its detach a binding’s client table is used by dispatch callbacks only. */
const watchLateServices: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    if (event.callback === detach) say.exercised();
  },
  misuse: (event) => {
    if (event.misuse !== 'service-after-detach' && event.misuse !== 'service-after-cleanup') return;
    const where = trace.call(event.call)?.callback ?? 'no callback';
    say.violated(
      event,
      `no use of the client table after ${detach} returned, except in dispatch callbacks`,
      `${event.detail}, in ${where}`,
    );
  },
});

export const rule: Requirement = {
  id: 'UNLOAD-008',
  asks: 'After ProviderDetachClient returned, only dispatch callbacks that still come use the client table.',
  passing: 'No other use was seen.',
  look: 'ProviderCleanupBindingContext and work items: do they free through the client table?',
  watch: watchLateServices,
  blindSpots: { externalNmr: endOfABinding },
};

/**
 * EPOCH-010, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Client Dispatch Table; include/ebpf_extension.h:
 */
import { type Requirement, type Watch, except } from '../../harness/index.ts';
import { endsOutsideEpochs } from '../state/shipped-reading.ts';
import { isDispatch } from './misuse-rules.ts';

/** EPOCH-010 (runtime): members of the dispatch table are called in an epoch. */
const watchCallsProtected: Watch = (say) => ({
  'callback-entered': (event) => {
    if (event.direct || !isDispatch(event.callback)) return;
    say.exercised();
    if (event.in_epoch) return;
    say.violated(
      event,
      'the runtime calls members of the dispatch table inside an epoch',
      `${event.callback} was called outside any epoch`,
    );
  },
});

export const rule: Requirement = {
  id: 'EPOCH-010',
  asks: 'The runtime makes invocations of the dispatch table epoch-protected.',
  passing: 'Every such call of all runs was made inside an epoch.',
  look: 'Destruction of maps: does the work item enter an epoch before it calls the provider?',
  watch: watchCallsProtected,
  readings: { 'as-shipped': except(watchCallsProtected, endsOutsideEpochs) },
  blindSpots: { lateReclaim: ['in_epoch', 'reclaim'] },
};

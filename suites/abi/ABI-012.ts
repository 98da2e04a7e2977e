/**
 * ABI-012, a MUST NOT for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:memcpy(min(sizeof, header.size));
 * docs/eBpfExtensions.md#2.2
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { unrecordedMemory } from '../state/blind-spots.ts';

/** ABI-012: reads beyond header.size, told by the provider whose memory it is. */
const watchReadsWithin: Watch = (say) => {
  const exact = new Set<string>();
  return {
    registered: (event) => {
      if (!event.inert && event.facts.data?.base_provider_table) exact.add(event.registration);
    },
    'callback-entered': (event) => {
      const { callback, registration = '' } = event;
      if (callback === 'ProviderAttachClient' && !event.direct && exact.has(registration))
        say.exercised();
    },
    'provider-touched': (event) => {
      if (event.how !== 'read') return;
      say.violated(
        event,
        `${event.structure} is read up to its header.size and no further`,
        `${event.member} of ${event.registration} was read, which lies beyond header.size ${event.size}`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'ABI-012',
  asks: 'The runtime does not read past header.size of properties and dispatch table.',
  passing: 'Providers whose structures end at header.size saw no read behind them.',
  look: 'The copy of the dispatch table and of the properties: the smaller of sizeof and header.size.',
  watch: watchReadsWithin,
  blindSpots: { transcripts: unrecordedMemory },
};

/**
 * ABI-014, a MUST NOT for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:copy on attach; xdp ebpfxskmap.c comment
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { unrecordedMemory } from '../state/blind-spots.ts';

/** ABI-014: the provider's structures are the provider's. */
const watchUnmodified: Watch = (say, trace) => {
  const isRuntime = trace.subject.kind === 'runtime';
  return {
    'callback-entered': (event) => {
      if (event.callback === 'ProviderAttachClient' && !event.direct) say.exercised();
    },
    'provider-touched': (event) => {
      if (event.how !== 'written') return;
      say.violated(
        event,
        'provider data, properties and dispatch table are not modified by the runtime',
        `${event.member} of ${event.structure} of ${event.registration} was written`,
      );
    },
    // In a run against a provider its own changes show in the same event; they are REG-003's.
    'registration-changed': (event) => {
      if (!isRuntime || event.by === 'provider') return;
      say.violated(
        event,
        'provider data, properties and dispatch table are not modified by the runtime',
        `${event.paths.join(', ')} of ${event.registration} changed`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'ABI-014',
  asks: "The runtime does not modify the provider's structures.",
  passing: 'Structures in read-only memory, or read again after every step, stayed the same.',
  look: 'Code that fills in defaults: it must work on the copy.',
  watch: watchUnmodified,
  blindSpots: { transcripts: unrecordedMemory },
};

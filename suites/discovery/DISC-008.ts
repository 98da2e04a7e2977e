/**
 * DISC-008, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create (Done)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { type Creation, watchCreations } from './creation.ts';
import { SUCCESS } from './missing-providers.ts';

/** DISC-008: what a failed creation attached is detached and cleaned up. */
const watchNoResidue: Watch = (say, trace) => {
  const left = new Map<string, { cleaned: boolean; creation: Creation }>();
  const cleaned = new Set<string>();
  let torn = false;
  const creations = watchCreations(trace, {
    ended: (creation) => {
      if (creation.result === SUCCESS) return;
      for (const { binding, status } of creation.attaches) {
        if (status !== 'STATUS_SUCCESS') continue;
        say.exercised();
        left.set(binding, { cleaned: cleaned.has(binding), creation });
      }
    },
  });
  return inOrder(
    {
      'binding-state': ({ binding, state }) => {
        if (state !== 'cleaned') return;
        cleaned.add(binding);
        const one = left.get(binding);
        if (one) one.cleaned = true;
      },
      lost: () => {
        torn = true;
      },
      'bound-reached': () => {
        torn = true;
      },
    },
    creations,
    {
      end: () => {
        if (torn) return;
        for (const [binding, { cleaned: isCleaned, creation }] of left) {
          if (isCleaned) continue;
          say.violated(
            creation,
            'the attach of a creation that failed is followed by detach and cleanup',
            `${binding} was attached for it and never cleaned up`,
          );
        }
      },
    },
  );
};

export const rule: Requirement = {
  id: 'DISC-008',
  asks: 'A creation that fails leaves nothing bound: every attach it made is matched by detach and cleanup.',
  passing: 'Every binding of a failed creation was cleaned up before the run ended.',
  look: 'The error path of map creation after the attach: is the NMR client deregistered on all of them?',
  watch: watchNoResidue,
};

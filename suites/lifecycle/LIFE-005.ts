/**
 * LIFE-005, a MUST NOT for the provider.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_delete; netioddk (NMR contract)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { ledgerOf } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';
import { mapDelete } from './map-ends.ts';

/** LIFE-005: the binding context outlives the map. */
const watchBindingKept: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const deleted = new Set<string>();
  const harmed = new Set<number>();
  /** Detach and cleanup that came back for a binding without a map. */
  const cameBack = new Set<string>();
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (call?.binding === undefined) return;
      if (event.callback === mapDelete) deleted.add(call.binding);
      else if (!deleted.has(call.binding)) cameBack.add(event.callback);
    },
    'binding-state': (event) => {
      if (event.state === 'cleaned' && deleted.has(event.binding)) say.exercised();
    },
    misuse: (event) => {
      if (event.misuse !== 'free-twice' && event.misuse !== 'use-after-free') return;
      const maker = ledger.maker(event.block)?.callback;
      const isBinding = maker === 'ProviderAttachClient' || maker === 'start';
      if (!isBinding || ledger.freer(event.block)?.callback !== mapDelete) return;
      harmed.add(event.call);
      say.violated(
        event,
        'postprocess_map_delete leaves the binding context alone: detach and cleanup follow',
        `memory of ${maker} was freed in postprocess_map_delete; in ` +
          `${trace.call(event.call)?.callback ?? 'no callback'}: ${event.detail}`,
      );
    },
    lost: (event) => {
      const binding = trace.call(event.call)?.binding;
      const isLeaving =
        event.callback === 'ProviderDetachClient' ||
        event.callback === 'ProviderCleanupBindingContext';
      const isAfterDelete =
        isLeaving && binding !== undefined && deleted.has(binding) && cameBack.has(event.callback);
      const expected = `${event.callback} finds the binding context intact`;
      if (harmed.has(event.call) || isAfterDelete) say.lost(event, expected, 'compared');
      // Another create on a binding whose map was deleted.
      else if (binding !== undefined && deleted.has(binding) && event.cause?.what === 'probe')
        say.lost(event, expected, 'probe');
    },
  });
};

export const rule: Requirement = {
  id: 'LIFE-005',
  asks: 'postprocess_map_delete does not free or invalidate the binding context: detach and cleanup follow.',
  passing: 'Detach and cleanup after each map’s end found the binding’s memory intact.',
  look: 'postprocess_map_delete: what it frees must have been allocated by preprocess_map_create.',
  watch: watchBindingKept,
};

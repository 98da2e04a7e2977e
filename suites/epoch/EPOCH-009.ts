/**
 * EPOCH-009, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Deletion; Memory Management
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { ledgerOf } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';

/** EPOCH-009: nothing of the epoch allocator's outlives the bindings. */
const watchBalance: Watch = (say, trace) => {
  const failed = new Set<number>();
  const { handlers } = ledgerOf(trace);
  return inOrder(handlers, {
    'allocation-failed': (event) => void failed.add(event.call),
    balance: (event) => {
      if (event.why !== 'unloaded') return;
      say.exercised();
      for (const block of event.balance.blocks) {
        // What a failed allocation leaves behind is EPOCH-006.
        if (block.kind === 'pool' || failed.has(block.call)) continue;
        const callback = trace.call(block.call)?.callback;
        say.violated(
          event,
          'all epoch memory is given back by the time the bindings are gone',
          `${block.block} (${block.size} bytes), allocated ` +
            `${callback ? `in ${callback}` : 'outside any callback'}, is still there after unload`,
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'EPOCH-009',
  asks: 'All epoch allocations are returned by the time the bindings of the provider are gone.',
  passing: 'No epoch memory was left after unload in any run.',
  look: 'postprocess_map_delete, the delete callback, and caches that nobody empties at unload.',
  watch: watchBalance,
  underThreads: {
    exercisedBy: 'balance',
    brokenBy: {
      'epoch-blocks-left': 'every epoch allocation is returned by the time the bindings are gone',
    },
  },
};

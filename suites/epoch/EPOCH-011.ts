/**
 * EPOCH-011, a MUST NOT for the runtime.
 * Source: docs/EpochBasedMemoryManagement.md
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { isDispatch } from './misuse-rules.ts';

/**
 * EPOCH-011 (runtime): what is given back stays as it is while an epoch lasts that began before.
 */
const watchReclamation: Watch = (say, trace) => {
  const freed = new Map<string, number>();
  const running = new Set<number>();
  return {
    'callback-entered': (event) => void running.add(event.call),
    'callback-returned': (event) => void running.delete(event.call),
    freed: (event) => {
      const call = trace.call(event.call);
      if (!call || !isDispatch(call.callback) || !call.in_epoch) return;
      freed.set(event.block, event.seq);
      say.exercised();
    },
    misuse: (event) => {
      const call = trace.call(event.call);
      const at = event.block === undefined ? undefined : freed.get(event.block);
      if (event.misuse !== 'use-after-free' || !call?.in_epoch || at === undefined || at < call.seq)
        return;
      say.violated(
        event,
        'memory passed to epoch_free keeps its contents until every epoch that began before has ended',
        `${event.block} was reclaimed while ${call.callback}, which had begun before the free, was still running`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'EPOCH-011',
  asks:
    'The runtime does not reuse or release memory passed to epoch_free until every epoch ' +
    'entered before has exited.',
  passing:
    'No block freed during a call was seen reclaimed before that call, or one that had begun earlier, returned.',
  look: "The runtime's epoch allocator: when is the freed list emptied?",
  watch: watchReclamation,
  blindSpots: {
    transcripts: 'epochs ended after every call, so nothing could be seen to be reused too early',
    lateReclaim: ['reclaim'],
  },
};

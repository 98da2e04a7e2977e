/**
 * PROC-002, a SHOULD NOT for the provider.
 * Source: libs/execution_context/ebpf_maps.c:map destruction from epoch worker;
 * docs/CustomMaps.md#Flags
 */
import type { CallbackEntered, Requirement, Watch } from '../../harness/index.ts';
import { hasDelete, hasValues, when } from '../state/applies.ts';
import { processServices } from '../state/blind-spots.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { DELETERS, isCleanup, releasesElsewhere } from './value-processes.ts';

/** PROC-002: the clean-up may run in any process. */
const watchCleanupProcess: Watch = (say, trace) => {
  const expected = 'clean-up releases values whatever process it runs in, and asks no handle table';
  const { book, handlers } = livesOf(trace);
  const isForeign = (call: CallbackEntered): boolean =>
    isCleanup(call) && call.process !== book.of(call.map)?.process;
  return inOrder(handlers, releasesElsewhere(expected, isForeign)(say, trace), {
    'object-referenced': (event) => {
      const call = trace.call(event.call);
      if (!call || !DELETERS.includes(call.callback) || !isForeign(call)) return;
      say.violated(
        event,
        expected,
        `${call.callback} looked a handle up in process ${call.process} while its map was cleaned up`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'PROC-002',
  asks: 'Clean-up uses neither the handle table of the current process nor assumes the original process.',
  passing:
    'Maps were destroyed in another process than their own, and everything was released without a handle look-up.',
  look: 'The delete callback with MAP_CLEANUP: handles, current process, per-process tables.',
  applies: when(hasDelete, hasValues),
  watch: watchCleanupProcess,
  blindSpots: { ownServices: processServices },
};

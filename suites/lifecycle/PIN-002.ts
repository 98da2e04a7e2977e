/**
 * PIN-002, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Lifecycle
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { unrecordedPins } from '../state/blind-spots.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { wholeRun } from './map-ends.ts';

/** PIN-002: a map that is only pinned works, and ends with its last reference. */
const watchPinnedMap: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  /** Maps of which one reference of several was dropped. */
  const kept = new Set<string>();
  const run = wholeRun();
  return inOrder(handlers, run.handlers, {
    'operation-ended': (event) => {
      const life = lives.mapOf(event.op);
      if (!life) return;
      const { op } = event.operation;
      if (op === 'close' && !event.skipped && life.references > 0) kept.add(life.map);
      else if (op !== 'hold' && op !== 'close' && op !== 'create' && kept.has(life.map)) {
        if (life.references <= 0 || event.result === 'NO_SUCH_VALUE') return;
        say.exercised();
        if (!event.skipped && event.result !== 'NO_SUCH_MAP') return;
        say.violated(event, `${life.map} works while a reference is left`, `${op} found no map`);
      }
    },
    end: (last) => {
      if (!run.whole) return;
      for (const map of kept) {
        say.exercised();
        if (lives.of(map)?.gone) continue;
        say.violated(
          last,
          `${map} is destroyed after its last reference`,
          'it was still there at the end of the run',
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'PIN-002',
  asks:
    'A pinned map stays usable, with its provider bound, when all handles are closed, and ' +
    'ends after unpin and last close.',
  passing: 'Maps kept by a reference alone worked, and ended with it.',
  look: 'Reference counts of pins.',
  watch: watchPinnedMap,
  blindSpots: { transcripts: unrecordedPins },
};

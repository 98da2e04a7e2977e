/**
 * PIN-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Lifecycle
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { unrecordedPins } from '../state/blind-spots.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';

/** PIN-001: pins and further references are none of the provider’s business. */
const watchPinning: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const running = new Map<number, string[]>();
  return inOrder(handlers, {
    'operation-started': (event) => {
      const { op } = event.operation;
      if (op === 'hold' || op === 'close') running.set(event.op, []);
    },
    'callback-entered': (event) => {
      if (!event.direct) running.get(event.op)?.push(event.callback);
    },
    'operation-ended': (event) => {
      const called = running.get(event.op);
      running.delete(event.op);
      const life = lives.mapOf(event.op);
      if (!called || !life || event.skipped) return;
      if (event.operation.op === 'close' && life.references <= 0) return;
      say.exercised();
      if (called.length === 0) return;
      say.violated(
        event,
        'no callback when a reference to a map is taken or one of several is dropped',
        `${called.join(', ')} for ${life.map}`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'PIN-001',
  asks: 'Pinning is the runtime’s own affair: the provider is not called.',
  passing: 'No callback was made while references were taken or dropped before the last.',
  look: 'Pin and unpin of custom maps.',
  watch: watchPinning,
  blindSpots: { transcripts: unrecordedPins },
};

/**
 * HELP-004, a MUST for the provider.
 * Source: docs/CustomMaps.md#eBPF Helper Functions; xdp PR #1008 review
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { helperCallsOf, isUntouched, subjectOf } from './calls.ts';
import { hasHelpers } from './conditions.ts';

/** HELP-004: a NULL context is a native map's, and no reason to crash. */
const watchNullContext: Watch = (say, trace) => {
  const expected =
    'a helper that finds NULL at map_context_offset fails gracefully: programs may pass native maps';
  const { book, handlers } = helperCallsOf(trace);
  return inOrder(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'core' || !call.answer) return;
      say.exercised();
      if (!isUntouched(call.answer.destination) && book.isPublicValue(call.answer.destination)) {
        say.violated(
          event,
          expected,
          `${subjectOf(call)} gave out a value that is stored in another map`,
        );
      }
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (call?.given !== 'core' || event.misuse === 'find-wrong-map') return;
      say.violated(event, expected, `${subjectOf(call)}: ${event.detail}`);
    },
    lost: (event) => {
      if (book.in(event.call)?.given === 'core') say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-004',
  asks: 'A helper checks the context it derives for NULL, which is what native maps have, and fails gracefully.',
  passing: 'Helpers called with a native map came back, without a bad access and without a value.',
  look: 'Is the context compared with NULL before it is used?',
  applies: when(hasHelpers),
  watch: watchNullContext,
};

/**
 * HELP-005, a SHOULD for the provider.
 * Source: docs/CustomMaps.md#Client Data (constant offset); xdp XDP_EBPF_MAP_HEADER
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { helperCallsOf, isFailure, subjectOf } from './calls.ts';
import { hasHelpers } from './conditions.ts';

/**
 * Whether the destination holds one byte over and over: what it held before, or what clearing
 * leaves.
 */
const isBlank = (destination: string): boolean =>
  destination === destination.slice(0, 2).repeat(destination.length / 2);

/** HELP-005: all extensions share the offset, so a context may be somebody else's. */
const watchForeignContext: Watch = (say, trace) => {
  const expected =
    'a helper recognises its own contexts, for instance by a tag, and refuses those of other extensions';
  const { book, handlers } = helperCallsOf(trace);
  return inOrder(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'foreign' || !call.answer) return;
      say.exercised();
      if (isBlank(call.answer.destination) || isFailure(call.answer.returned)) return;
      say.violated(event, expected, `${subjectOf(call)} was served, and wrote to the destination`);
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (call?.given !== 'foreign' || event.misuse === 'find-wrong-map') return;
      say.violated(event, expected, `${subjectOf(call)}: ${event.detail}`);
    },
    lost: (event) => {
      if (book.in(event.call)?.given === 'foreign') say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-005',
  asks:
    'A helper verifies that a context which is not NULL is its own: custom maps of all ' +
    'extensions share the offset.',
  passing:
    "Helpers called with another extension's map, whose context is readable and carries another tag, refused it.",
  look: 'Does the context begin with a tag of yours, and does the helper compare it?',
  applies: when(hasHelpers),
  watch: watchForeignContext,
};

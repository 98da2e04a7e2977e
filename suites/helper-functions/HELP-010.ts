/**
 * HELP-010, a SHOULD NOT for the provider.
 * Source: xdp ebpfcpumap.c (published flag); docs/CustomMaps.md#Client Data
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { type HelperCall, helperCallsOf, subjectOf } from './calls.ts';
import { hasHelpers } from './conditions.ts';

/** HELP-010: before a client attached nobody knows the offset, so the map is not looked into. */
const watchBeforeAttach: Watch = (say, trace) => {
  const expected =
    'a helper does not follow its map argument before a client has told map_context_offset';
  const { book, handlers } = helperCallsOf(trace);
  const isEarly = (call: HelperCall | undefined): call is HelperCall =>
    call?.given === 'unattached' && !book.attached;
  return inOrder(handlers, {
    'operation-ended': (event) => {
      if (isEarly(book.of(event.op)) && book.of(event.op)?.answer) say.exercised();
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (isEarly(call)) say.violated(event, expected, `${subjectOf(call)}: ${event.detail}`);
    },
    lost: (event) => {
      if (isEarly(book.in(event.call))) say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-010',
  asks:
    'A helper does not dereference its map argument before a client has attached: until ' +
    'then the offset is unknown.',
  passing:
    'A helper called before the first attach came back without touching the map it was given.',
  look: 'Is there a flag for "offset known", set in ProviderAttachClient and checked in the helper?',
  applies: when(hasHelpers),
  watch: watchBeforeAttach,
};

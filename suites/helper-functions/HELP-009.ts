/**
 * HELP-009, a MUST for the provider.
 * Source: tests helpers.h:_sample_helper_map_get_value; sample_ext.c lacks the check
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { type HelperCall, helperCallsOf, subjectOf } from './calls.ts';
import { hasHelpers } from './conditions.ts';

/** The first breach of one of these kinds in the call. */
const misusesIn = (call: HelperCall, kinds: readonly string[]): EventOf<'misuse'> | undefined =>
  call.misuses.find((event) => kinds.includes(event.misuse));

/** HELP-009: copies end where the program's buffer, or the value, ends. */
const watchCopyBounds: Watch = (say, trace) => {
  const expected =
    'a helper copies no more than the value has and no more than the destination holds';
  const { book, handlers } = helperCallsOf(trace);
  const say_ = (event: EventOf<'misuse'>, call: HelperCall): void =>
    say.violated(
      event,
      expected,
      `${subjectOf(call)} with a destination of ${call.size} bytes: ${event.detail}`,
    );
  return inOrder(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given === 'own' && call.key === 'stored' && call.answer) say.exercised();
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (call?.given === 'own' && event.misuse === 'out-of-bounds') say_(event, call);
    },
    lost: (event) => {
      const call = book.in(event.call);
      if (call?.given !== 'own' || call.key !== 'stored') return;
      const isUnexplained = !call.fitting && call.misuses.length === 0;
      if (isUnexplained || misusesIn(call, ['out-of-bounds'])) say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-009',
  asks: 'A helper bounds its copies by the size of the destination that the program names.',
  passing:
    'Destinations of 1, 4 and 64 bytes and of exactly one value were given, and nothing ' +
    'was read or written beyond the value or the destination.',
  look: 'The length of the copy: the smaller of the two sizes?',
  applies: when(hasHelpers),
  watch: watchCopyBounds,
};

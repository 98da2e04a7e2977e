/**
 * HELP-011, a MUST for the provider.
 * Source: docs/CustomMaps.md#IRQL Restrictions
 */
import { DISPATCH_LEVEL, type Requirement, type Watch, irqlName } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { kernelServices } from '../state/blind-spots.ts';
import { inOrder } from '../state/in-order.ts';
import { type HelperCall, helperCallsOf, subjectOf } from './calls.ts';
import { hasHelpers } from './conditions.ts';

const blocking = ['wait-at-dispatch', 'pageable-at-dispatch', 'lowered-irql'];

/** HELP-011: programs run at DISPATCH. */
const watchHelperIrql: Watch = (say, trace) => {
  const expected =
    'a helper works at DISPATCH_LEVEL: it neither waits, nor touches pageable memory, nor lowers the IRQL';
  const { book, handlers } = helperCallsOf(trace);
  const isRaised = (call: HelperCall | undefined): call is HelperCall =>
    (call?.irql ?? 0) >= DISPATCH_LEVEL;
  return inOrder(handlers, {
    'operation-ended': (event) => {
      if (isRaised(book.of(event.op)) && book.of(event.op)?.answer) say.exercised();
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (isRaised(call) && blocking.includes(event.misuse)) {
        say.violated(
          event,
          expected,
          `${subjectOf(call)} at ${irqlName(call.irql)}: ${event.detail}`,
        );
      }
    },
    lost: (event) => {
      const call = book.in(event.call);
      if (!isRaised(call) || call.given !== 'own' || call.key !== 'stored') return;
      const isExplained = call.misuses.some((one) => !blocking.includes(one.misuse));
      if (call.fitting && !isExplained) say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-011',
  asks: 'Helpers are safe at DISPATCH_LEVEL wherever their programs may run there.',
  passing:
    'Helpers called at DISPATCH came back, and neither waited nor used pageable routines nor lowered the IRQL.',
  look: 'Waits, mutexes and pageable routines in the helper and in all that it calls.',
  applies: when(hasHelpers),
  watch: watchHelperIrql,
  blindSpots: { ownServices: kernelServices },
};

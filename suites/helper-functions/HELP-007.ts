/**
 * HELP-007, a MUST for the provider.
 * Source: docs/CustomMaps.md#Client Dispatch Table; include/ebpf_extension.h:
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { helperCallsOf } from './calls.ts';
import { hasHelpers } from './conditions.ts';

/** HELP-007: find_element_function needs an epoch, and its pointer is good until that ends. */
const watchEpochOfFind: Watch = (say, trace) => {
  const inside =
    'find_element_function is called inside an epoch: in a callback or helper, or between epoch_enter and epoch_exit';
  const until =
    'the pointer that find_element_function gave is not used after the epoch it was got in';
  const { book, handlers } = helperCallsOf(trace);
  return inOrder(handlers, {
    'operation-ended': (event) => {
      if (book.of(event.op)?.answer) say.exercised();
    },
    misuse: (event) => {
      if (event.misuse === 'find-outside-epoch') say.violated(event, inside, event.detail);
      if (event.misuse === 'value-used-after-epoch') say.violated(event, until, event.detail);
    },
    lost: (event) => {
      const used = book
        .in(event.call)
        ?.misuses.some((one) => one.misuse === 'value-used-after-epoch');
      if (used) say.lost(event, until);
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-007',
  asks:
    'find_element_function is called inside an epoch only, and the pointer it gives is ' +
    'not used once that epoch is over.',
  passing:
    'No call of it outside an epoch, and no access to a value of an earlier epoch, over ' +
    'helper calls with updates and deletes in between.',
  look:
    'Pointers from find_element_function that are kept in globals or contexts, and ' +
    'lookups in work items without epoch_enter.',
  applies: when(hasHelpers),
  watch: watchEpochOfFind,
};

/**
 * HELP-006, a MUST for the provider.
 * Source: include/ebpf_extension.h:ebpf_map_find_element_t; sample_ext.c
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import {
  BAD_ACCESS,
  hasServed,
  type HelperCall,
  helperCallsOf,
  isUntouched,
  subjectOf,
} from './calls.ts';
import { hasHelpers } from './conditions.ts';
import { watchValueOfItsKey } from './value-of-its-key.ts';

/** HELP-006: find_element_function gets the runtime's map pointer, and its failures are handled. */
const watchFindElement: Watch = (say, trace) => {
  const pointer = 'find_element_function is called with the map pointer that the program gave';
  const failing =
    'a helper handles every result of find_element_function but success, and a NULL value';
  const { book, handlers } = helperCallsOf(trace);
  const asked = new Map<number, string>();
  const isMissing = (call: HelperCall | undefined): boolean =>
    call?.given === 'own' && call.key === 'missing';
  return inOrder(handlers, watchValueOfItsKey(say, trace), {
    service: (event) => {
      if (event.name === 'find_element_function') asked.set(event.call, event.result ?? '');
    },
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'own' || !call.answer) return;
      if (hasServed(call, trace.subject)) say.exercised();
      if (
        isMissing(call) &&
        !isUntouched(call.answer.destination) &&
        book.isPublicValue(call.answer.destination)
      ) {
        say.violated(
          event,
          failing,
          `${subjectOf(call)} gave out a value for a key that the map does not hold`,
        );
      }
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (event.misuse === 'find-wrong-map') {
        if (call && (call.given === 'foreign' || call.given === 'unattached')) return;
        say.violated(event, pointer, call ? `${subjectOf(call)}: ${event.detail}` : event.detail);
      } else if (isMissing(call) && BAD_ACCESS.includes(event.misuse)) {
        say.violated(
          event,
          failing,
          `${subjectOf(call!)}, which does not hold the key: ${event.detail}`,
        );
      }
    },
    lost: (event) => {
      const result = asked.get(event.call);
      const failed = result !== undefined && result !== 'EBPF_SUCCESS';
      if (book.in(event.call)?.misuses.some((one) => one.misuse === 'write-to-map')) return;
      if (isMissing(book.in(event.call)) || failed) say.lost(event, failing);
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-006',
  asks:
    "A provider passes the runtime's map pointer to find_element_function, and handles " +
    'every result but success and a NULL value.',
  passing:
    'Helpers served keys that the map holds, every call of find_element_function had a map ' +
    'pointer of the runtime, helpers asked for missing keys came back without a value, and keys ' +
    'that are alike were told apart.',
  look:
    'The call of find_element_function: is its first argument the map the program gave, ' +
    'and is the result looked at?',
  unexercised:
    'no call of a declared helper served a key that the map holds (a result that is no failure, and ' +
    'its destination written): a helper that cannot be called like that is not to be declared',
  applies: when(hasHelpers),
  watch: watchFindElement,
};

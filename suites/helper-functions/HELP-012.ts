/**
 * HELP-012, a SHOULD for the runtime.
 * Source: include/ebpf_extension.h:ebpf_map_find_element_t
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { keyName, livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';

/** HELP-012 (runtime): find_element_function gives what is stored, and fails for what is not. */
const watchFindElementResult: Watch = (say, trace) => {
  const { book, handlers } = livesOf(trace);
  return inOrder(handlers, {
    'operation-ended': (event) => {
      if (event.operation.op !== 'find_element' || event.skipped || event.operation.key === null)
        return;
      const life = book.of(event.map);
      // A map without a context is denied by find_element_function (C-27).
      if (!life?.sure || life.created.context === null) return;
      say.exercised();
      const stored = life.entries.has(keyName(event.operation));
      const found = event.result === 'EBPF_SUCCESS';
      if (stored === found) return;
      say.violated(
        event,
        stored
          ? 'find_element_function answers EBPF_SUCCESS with the stored bytes of a key that is there'
          : 'find_element_function fails for a key that is not there',
        `${event.result} for a key that ${stored ? 'is' : 'is not'} stored in ${event.map}`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'HELP-012',
  asks:
    'find_element_function answers success with a pointer to the stored bytes, and fails ' +
    'for keys that are absent and for maps that are none.',
  passing:
    'The answers agreed with what earlier operations had stored; which failure it was did not matter.',
  look: "The runtime's find_element_function.",
  watch: watchFindElementResult,
  owns: ['find_element'],
};

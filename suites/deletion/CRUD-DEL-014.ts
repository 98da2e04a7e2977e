/**
 * CRUD-DEL-014, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Flags; libs/execution_context/ebpf_maps.c:_clean_up_custom_hash_map
 */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  type EventOf,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { baseContents } from '../state/base-contents.ts';
import { DELETES } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { deletes } from './conditions.ts';

/** CRUD-DEL-014: at the end one delete callback per entry, with MAP_CLEANUP alone. */
const watchCleanup: Watch = (say, trace) => {
  const { book, handlers } = baseContents(trace);
  const cleaned = new Map<string, number>();
  return inOrder(handlers, {
    'callback-entered': (event: EventOf<'callback-entered'>) => {
      if (event.direct || !event.map || !(DELETES as readonly string[]).includes(event.callback))
        return;
      const flags = event.flags ?? 0;
      if (!(flags & CLEANUP)) return;
      say.exercised();
      cleaned.set(event.map, (cleaned.get(event.map) ?? 0) + 1);
      if (flags !== CLEANUP)
        say.violated(
          event,
          'deletes at map destruction have flags MAP_CLEANUP and no other',
          `they were ${flagNames(flags)}`,
        );
    },
    'map-gone': (event) => {
      const left = book.leftInside(event.map);
      const told = cleaned.get(event.map) ?? 0;
      if (left === null) return;
      say.exercised();
      if (told !== left)
        say.violated(
          event,
          'map destruction calls the delete callback once per remaining entry',
          `${left} entries were left and ${told} deletes told`,
        );
    },
  });
};

export const rule: Requirement = {
  id: 'CRUD-DEL-014',
  asks:
    'Map destruction calls the delete callback once per remaining entry with flags ' +
    'exactly MAP_CLEANUP.',
  passing: 'Closing maps with known contents did.',
  look: "the runtime's clean-up of a map.",
  applies: deletes,
  watch: watchCleanup,
};

/**
 * CRUD-UPD-002, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Add/Update Element;
 * libs/execution_context/ebpf_maps.c:_ebpf_custom_map_update_hash_map_entry
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, hasUpdate, hasValues, transforms, when } from '../state/applies.ts';
import { DELETES, FIND, UPDATES } from '../state/element-call.ts';

/** CRUD-UPD-002: out_value has actual_value_size bytes, and exactly what was written is stored. */
const watchStoredForm: Watch = (say, trace) => {
  const written = new Map<string, Set<string>>();
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || event.callback !== UPDATES[0] || event.result !== 'EBPF_SUCCESS' || call.direct)
        return;
      const name = `${call.map} ${call.key}`;
      written.set(name, (written.get(name) ?? new Set()).add(event.out ?? ''));
    },
    'callback-entered': (event) => {
      if (event.direct || !event.map) return;
      if (event.callback === UPDATES[0]) {
        say.exercised();
        const due = trace.map(event.map)?.actual_value_size;
        if (due !== undefined && event.out_size !== due) {
          say.violated(
            event,
            `the update callback gets an out buffer of ${due} bytes (actual_value_size)`,
            `it got ${event.out_size ?? 'NULL'}`,
          );
        }
        return;
      }
      const stored = [...DELETES, ...FIND].some((name) => name === event.callback);
      const known = written.get(`${event.map} ${event.key}`);
      if (!stored || !known || typeof event.value !== 'string') return;
      if (!known.has(event.value)) {
        say.violated(
          event,
          'what the update callback wrote is what is stored',
          `${event.callback} got other bytes for the key`,
        );
      }
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-UPD-002',
  asks:
    'With updates_original_value, out_value has actual_value_size bytes and exactly what ' +
    'the provider wrote is stored.',
  passing:
    'Every later find and delete got bytes that an update callback for that key had written.',
  look: "the runtime's update: size of the out buffer, and what is handed to the base map.",
  applies: when(transforms, hasUpdate, createsMaps, hasValues),
  watch: watchStoredForm,
};

/**
 * CRUD-UPD-019, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Differences in Signatures item 4;
 * libs/execution_context/ebpf_maps.c:ebpf_map_update_entry_with_handle; end_to_end.cpp negative
 * tests
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, when } from '../state/applies.ts';

const foreign = ['update_with_handle', 'push', 'pop', 'peek', 'value_address'];

/** CRUD-UPD-019: what hash maps do not have is refused without a word to the provider. */
const watchForeignOperations: Watch = (say, trace) => {
  const isForeign = (op: number): boolean =>
    foreign.includes(trace.operation(op)?.operation.op ?? '');
  return {
    'callback-entered': (event) => {
      if (!isForeign(event.op) || event.direct || !event.callback.endsWith('_element')) return;
      say.violated(
        event,
        'operations that hash maps do not have are refused without calling the provider',
        `${event.callback} was called`,
      );
    },
    'operation-ended': (event) => {
      if (!isForeign(event.op) || event.skipped) return;
      say.exercised();
      if (event.result === 'EBPF_SUCCESS' || event.result === 'OK') {
        say.violated(
          event,
          'operations that hash maps do not have are refused',
          `${event.operation.op} answered ${event.result}`,
        );
      }
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-UPD-019',
  asks:
    'Operations that hash maps do not have (update with handle, push, pop, peek, value ' +
    'address) are refused without calling the provider.',
  passing: 'All of them were refused, no element callback ran.',
  look: "the runtime's dispatch of operations for custom maps.",
  applies: when(createsMaps),
  watch: watchForeignOperations,
  owns: ['push', 'pop', 'peek', 'update_with_handle'],
  blindSpots: { members: ['push', 'pop', 'peek', 'update_with_handle'] },
};

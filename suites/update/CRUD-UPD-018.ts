/**
 * CRUD-UPD-018, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_core.c:_ebpf_core_protocol_map_update_element_batch;
 * end_to_end.cpp
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { UPDATES } from '../state/element-call.ts';
import { updates } from './conditions.ts';

/** CRUD-UPD-018: a batch is its updates one after the other, up to the first failure. */
const watchBatch: Watch = (say, trace) => {
  const running = new Map<number, { results: string[] }>();
  return {
    'operation-started': (event) => {
      if (event.operation.op === 'batch_update') running.set(event.op, { results: [] });
    },
    'callback-entered': (event) => {
      const batch = running.get(event.op);
      if (!batch || event.direct || event.callback !== UPDATES[0]) return;
      if (batch.results.some((one) => one !== 'EBPF_SUCCESS')) {
        say.violated(
          event,
          'a batch stops at the first update that fails',
          'the update callback was called for a later element',
        );
      }
    },
    'callback-returned': (event) => {
      const op = trace.call(event.call)?.op ?? 0;
      if (event.callback === UPDATES[0]) running.get(op)?.results.push(event.result ?? '');
    },
    'operation-ended': (event) => {
      const batch = running.get(event.op);
      if (!batch || event.operation.op !== 'batch_update' || event.skipped) return;
      const { entries } = event.operation;
      const failed = batch.results.findIndex((one) => one !== 'EBPF_SUCCESS');
      say.exercised();
      if (failed >= 0 && event.result !== batch.results[failed]) {
        say.violated(
          event,
          'a batch answers the code of the update that failed',
          `it answered ${event.result} after ${batch.results[failed]}`,
        );
      }
      if (event.result === 'EBPF_SUCCESS' && batch.results.length !== entries.length) {
        say.violated(
          event,
          'a batch updates every element in turn',
          `${batch.results.length} update callbacks for ${entries.length} elements`,
        );
      }
      running.delete(event.op);
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-UPD-018',
  asks: 'A batch update is its updates one by one, in order, up to the first that fails.',
  passing:
    'Batches called the update callback for each element in turn and stopped at the first refusal.',
  look: "the runtime's batch update.",
  applies: updates,
  watch: watchBatch,
  owns: ['batch_update'],
  blindSpots: { transcripts: 'no step is a batch of updates', members: ['batch_update'] },
};

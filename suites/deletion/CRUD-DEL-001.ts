/**
 * CRUD-DEL-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Delete Element, Preferred; include/ebpf_extension.h:
 */
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { callsTo, eachKeyOperation } from '../state/base-contents.ts';
import { DELETES } from '../state/element-call.ts';
import { removes } from './deletions.ts';
import { deletes } from './conditions.ts';

/** CRUD-DEL-001: one delete callback with the stored bytes and flags 0 or HELPER. */
const watchExplicitDelete: Watch = eachKeyOperation((done, event, say, trace) => {
  if (!removes(done) || event.result !== 'EBPF_SUCCESS') return;
  const deletes = callsTo(done, trace, DELETES);
  say.exercised();
  if (deletes.length !== 1) {
    say.violated(
      event,
      'an explicit delete calls the delete callback exactly once',
      `it was called ${deletes.length} times`,
    );
    return;
  }
  const one = deletes[0]!;
  const flags = done.caller === 'program' ? HELPER : 0;
  if (one.flags !== flags)
    say.violated(
      one,
      `an explicit delete has flags ${flagNames(flags)}`,
      `they were ${flagNames(one.flags ?? 0)}`,
    );
  const size = trace.map(done.map)?.actual_value_size;
  if (one.value_size !== size)
    say.violated(one, `value_size is actual_value_size (${size})`, `it was ${one.value_size}`);
  if (!done.overlapped && done.before.stored !== null && one.value !== done.before.stored) {
    say.violated(one, 'the delete callback gets the stored bytes', 'it got others');
  }
});

export const rule: Requirement = {
  id: 'CRUD-DEL-001',
  asks:
    'An explicit delete of a key that is there calls the delete callback once, with the ' +
    'stored bytes and flags 0 (HELPER from a program).',
  passing: 'Every successful delete did.',
  look: "the runtime's delete: arguments and number of notifications.",
  applies: deletes,
  watch: watchExplicitDelete,
  owns: ['delete'],
};

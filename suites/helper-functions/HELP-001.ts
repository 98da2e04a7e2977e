/**
 * HELP-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Provider Properties; Map Creation note
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { transforms, when } from '../state/applies.ts';
import { isElementOperation } from './own-map.ts';

/** HELP-001 (runtime): programs get nowhere near the elements of a transforming map. */
const watchProgramsRefused: Watch = (say) => {
  const expected =
    'element operations of BPF programs on a transforming map end with ' +
    'EBPF_OPERATION_NOT_SUPPORTED and reach no callback';
  const open = new Set<number>();
  return {
    'operation-started': (event) => {
      if (event.caller === 'program' && isElementOperation(event.operation)) open.add(event.op);
    },
    'callback-entered': (event) => {
      if (open.has(event.op))
        say.violated(event, expected, `${event.callback} was called for a program's operation`);
    },
    'operation-ended': (event) => {
      if (!open.delete(event.op) || event.skipped) return;
      say.exercised();
      const refused =
        event.operation.op === 'find'
          ? event.result !== 'EBPF_SUCCESS'
          : event.result === 'EBPF_OPERATION_NOT_SUPPORTED';
      if (!refused)
        say.violated(
          event,
          expected,
          `${event.operation.op} by a program answered ${event.result}`,
        );
    },
  };
};

export const rule: Requirement = {
  id: 'HELP-001',
  asks:
    'With updates_original_value true the runtime refuses element operations of BPF ' +
    'programs without asking the provider.',
  passing:
    'Lookups, updates, deletes and lookup-and-deletes by a program ended in a refusal, ' +
    'and no callback was called in them.',
  look: 'The program-side map functions of the runtime: is the refusal before the provider is called?',
  applies: when(transforms),
  watch: watchProgramsRefused,
};

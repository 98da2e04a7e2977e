/**
 * HELP-002, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Find Element; IRQL Restrictions
 */
import { EBPF_MAP_OPERATION_HELPER, type Requirement, type Watch } from '../../harness/index.ts';
import { storesAsGiven, when } from '../state/applies.ts';
import { isElementOperation } from './own-map.ts';

/**
 * HELP-002 (runtime): programs look up, update and delete in maps that store what they are given.
 */
const watchProgramsServed: Watch = (say) => {
  const expected =
    'programs may look up, update and delete, and the provider hears of it with HELPER';
  const open = new Map<number, { refused: boolean }>();
  const calls = new Map<number, number>();
  return {
    'operation-started': (event) => {
      if (event.caller === 'program' && isElementOperation(event.operation))
        open.set(event.op, { refused: false });
    },
    'callback-entered': (event) => {
      if (!open.has(event.op) || event.direct || event.flags === undefined) return;
      calls.set(event.call, event.op);
      if (event.flags & EBPF_MAP_OPERATION_HELPER) return;
      say.violated(event, expected, `${event.callback} was called for a program without HELPER`);
    },
    'callback-returned': (event) => {
      const operation = open.get(calls.get(event.call) ?? 0);
      if (operation && event.result !== null && event.result !== 'EBPF_SUCCESS')
        operation.refused = true;
    },
    'operation-ended': (event) => {
      const operation = open.get(event.op);
      if (!operation || !open.delete(event.op) || event.skipped || operation.refused) return;
      say.exercised();
      if (event.result !== 'EBPF_OPERATION_NOT_SUPPORTED') return;
      say.violated(
        event,
        expected,
        `${event.operation.op} by a program answered ${event.result}, and no callback had refused it`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'HELP-002',
  asks:
    'With updates_original_value false the runtime lets BPF programs look up, update and ' +
    'delete, and tells the provider with HELPER.',
  passing: 'Program operations were carried out, and every callback in them had the HELPER flag.',
  look: 'The program-side map functions of the runtime: which flags do they pass on?',
  applies: when(storesAsGiven),
  watch: watchProgramsServed,
};

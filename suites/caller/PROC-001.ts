/**
 * PROC-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#User-mode APIs; PR #5059, issue #5057
 */
import {
  EBPF_MAP_OPERATION_HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  type Requirement,
  type Watch,
} from '../../harness/index.ts';
import { DELETERS, UPDATE } from './value-processes.ts';

const ELEMENT: readonly string[] = ['postprocess_map_find_element', UPDATE, ...DELETERS];

/** PROC-001 (runtime): without HELPER the callback runs in the caller's process. */
const watchProcess: Watch = (say, trace) => ({
  'callback-entered': (event) => {
    const flags = event.flags ?? 0;
    if (event.direct || !ELEMENT.includes(event.callback)) return;
    if (flags & (EBPF_MAP_OPERATION_HELPER | EBPF_MAP_OPERATION_MAP_CLEANUP)) return;
    const operation = trace.operation(event.op);
    if (!operation || operation.caller !== 'user') return;
    say.exercised();
    if (event.process === operation.process) return;
    say.violated(
      event,
      'find, update and delete callbacks without HELPER run in the process of the user who called',
      `${event.callback} ran in process ${event.process}, called by process ${operation.process}`,
    );
  },
});

export const rule: Requirement = {
  id: 'PROC-001',
  asks: "The runtime runs find, update and delete callbacks without HELPER in the calling user's process.",
  passing:
    'The process of every such call was compared with that of the caller; two processes called.',
  look: 'Callbacks that the runtime hands to a work item.',
  watch: watchProcess,
  blindSpots: {
    transcripts: 'the process that a callback ran in was not recorded',
    members: ['current_process'],
  },
};

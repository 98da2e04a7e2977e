/**
 * IRQL-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#IRQL Restrictions; include/ebpf_extension.h:IRQL notes
 */
import { type Requirement, type Watch, except } from '../../harness/index.ts';
import { levelMembers } from '../state/blind-spots.ts';
import { deletesUnderTheLock } from '../state/shipped-reading.ts';
import { ELEMENT, PRE, calledAtPassive, isCleanup } from './callback-levels.ts';

/** IRQL-001 (runtime): element callbacks for user callers. */
const watchUserCallers: Watch = calledAtPassive(
  'find, update and postprocess delete are called at PASSIVE_LEVEL for user callers',
  (event, trace) =>
    ELEMENT.includes(event.callback) &&
    event.callback !== PRE &&
    !isCleanup(event) &&
    trace.operation(event.op)?.caller === 'user',
);

export const rule: Requirement = {
  id: 'IRQL-001',
  asks: 'The runtime invokes find, update and postprocess delete for user-mode callers at PASSIVE_LEVEL.',
  passing: 'The IRQL of every such call was read.',
  look: 'Locks that the runtime holds around the callback.',
  watch: watchUserCallers,
  readings: { 'as-shipped': except(watchUserCallers, deletesUnderTheLock) },
  blindSpots: { members: levelMembers },
};

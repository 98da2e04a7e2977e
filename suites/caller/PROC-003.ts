/**
 * PROC-003, a MUST for the provider.
 * Source: docs/CustomMaps.md#Example: Object Map insert flow
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { hasUpdate, hasValues, transforms, when } from '../state/applies.ts';
import { processServices } from '../state/blind-spots.ts';
import { isCleanup, releasesElsewhere } from './value-processes.ts';

/** Mark of a thread that belongs to no user: the process that brought the values has ended. */
const nobody = 0;

/** PROC-003: whoever deletes, the stored representation is enough. */
const watchStoredAlone: Watch = releasesElsewhere(
  'a value is released from its stored representation alone: the process that brought it may be gone',
  (call, value) =>
    isCleanup(call)
      ? call.process === nobody
      : value !== undefined && value.process !== call.process,
);

export const rule: Requirement = {
  id: 'PROC-003',
  asks: 'Resources are released from the stored representation alone; the inserting process may be gone.',
  passing: 'Values that one process inserted were deleted by another, and everything was released.',
  look: 'The delete callback: does it need the handle, or the process, that the value came from?',
  applies: when(transforms, hasUpdate, hasValues),
  watch: watchStoredAlone,
  blindSpots: { ownServices: processServices },
};

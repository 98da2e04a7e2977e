/**
 * DISC-006, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Discovery and Creation;
 * end_to_end.cpp:_test_custom_maps_program_load_common
 */
import type { Requirement } from '../../harness/index.ts';

export const rule: Requirement = {
  id: 'DISC-006',
  asks:
    'Maps declared in a program file are discovered in the same way; a missing provider ' +
    'fails the program load.',
  passing:
    'Nothing: neither the simulated runtime nor the C face of a runtime loads program files.',
  look: 'The map creation path of the program loader.',
  untestable:
    'program files are loaded by the user-mode library, which is outside the interface ' +
    'a runtime is judged through; its maps arrive as ordinary creations',
};

/** Why some rules cannot be seen where a subject is reached or recorded in a certain way. */

/** What an external NMR hides of a detach. */
export const endOfABinding =
  'an external NMR calls ProviderDetachClient and ProviderCleanupBindingContext itself: neither ' +
  'answers nor moments are seen';

// What a driver does not ask of the harness.
export const kernelServices =
  'IRQL, waits and pageable routines are those of the library that the driver is linked against';
export const processServices =
  'processes and handles are those of the library that the driver is linked against';
export const pool =
  'the pool is that of the library that the driver is linked against: leaks in it are not seen';

// What was left out of the recordings of eBPFCore.
export const unrecordedPins =
  'handles and pins were not the real ones; only references were counted';
export const unrecordedMemory =
  'what the runtime read and wrote in the structures of the provider was not recorded';

/** Either tells the level that a runtime calls at. */
export const levelMembers: readonly string[] = ['irql', 'lock_depth'];

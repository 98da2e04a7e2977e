/**
 * EPOCH-001, a MUST for the provider.
 * Source: docs/CustomMaps.md#Client Dispatch Table;
 * include/ebpf_extension.h:_ebpf_map_client_dispatch_table
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byMisuse } from './misuse-rules.ts';

/** EPOCH-001: epoch memory is asked for and given back inside an epoch only. */
const watchProtected: Watch = byMisuse(
  'epoch memory is allocated and freed in callbacks and helpers, or between epoch_enter and epoch_exit',
  ['allocate-outside-epoch', 'free-outside-epoch'],
);

export const rule: Requirement = {
  id: 'EPOCH-001',
  asks:
    'epoch_allocate_* and epoch_free_* are called while epoch-protected only: inside a ' +
    'callback or helper, or between epoch_enter and epoch_exit.',
  passing:
    'No call of them elsewhere, over all calls of all runs, deferred work, attach, detach and unload included.',
  look: 'Work items, timers and the stop routine: do they enter an epoch before they free?',
  watch: watchProtected,
  underThreads: {
    exercisedBy: 'epoch-service',
    brokenBy: {
      'service-outside-epoch': 'epoch memory is allocated and freed inside an epoch only',
    },
  },
};

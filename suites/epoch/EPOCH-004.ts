/**
 * EPOCH-004, a MUST for the provider.
 * Source: include/ebpf_extension.h:epoch_free / epoch_free_cache_aligned;
 * libs/runtime/ebpf_epoch.c (fail-fast on double free)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byMisuse, freedTwiceInCall } from './misuse-rules.ts';

/** EPOCH-004: given back once, by the function that matches. */
const watchFrees: Watch = byMisuse(
  'memory is given back once, by the function that matches its allocation',
  ['free-twice', 'free-wrong-kind', 'free-foreign'],
);

export const rule: Requirement = {
  id: 'EPOCH-004',
  asks: 'Memory is freed with the function that matches its allocation, never with a foreign allocator, and once.',
  passing: 'Every free named a live block of the same kind.',
  look:
    'Cache-aligned blocks given to epoch_free, epoch memory given to the pool, and two ' +
    'paths that free one object.',
  watch: watchFrees,
  aside: freedTwiceInCall('memory is given back once'),
  underThreads: {
    exercisedBy: 'free',
    brokenBy: {
      'foreign-epoch-memory-freed': 'only memory that was allocated here is freed',
      'epoch-memory-freed-twice': 'memory is freed once',
      'freed-by-other-function': 'memory is freed by the function that belongs to its allocation',
    },
  },
};

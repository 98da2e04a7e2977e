/**
 * EPOCH-002, a MUST for the provider.
 * Source: include/ebpf_extension.h:_ebpf_map_client_dispatch_table comment
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byMisuse } from './misuse-rules.ts';

/** EPOCH-002: every enter has its exit. */
const watchPairs: Watch = byMisuse(
  'every epoch_enter has one epoch_exit with the same state, inner epochs left first, before the call returns',
  ['epoch-left-open', 'epoch-exit-unmatched', 'epoch-state-foreign'],
);

export const rule: Requirement = {
  id: 'EPOCH-002',
  asks: 'Every epoch_enter is paired with one epoch_exit on the same state, nested properly.',
  passing:
    'All epochs that calls entered were left before they returned, each once, inner ones first.',
  look: 'Early returns between epoch_enter and epoch_exit.',
  watch: watchPairs,
  aside: watchPairs,
  underThreads: {
    exercisedBy: 'epoch-exit',
    brokenBy: {
      'epochs-left': 'epochs that a callback entered are left when it returns',
      'enter-unpaired': 'epoch_enter gets a state, and an exit follows each enter',
      'exit-unpaired': 'epoch_exit gets the state of the enter that it ends',
      'exit-out-of-order': 'epochs are nested: the last one entered is left first',
    },
  },
};

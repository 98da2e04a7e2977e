/**
 * EPOCH-012, a MUST NOT for the provider.
 * Source: libs/runtime/ebpf_epoch.c:ebpf_epoch_exit assert; PR #4906 discussion
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byMisuse } from './misuse-rules.ts';

/**
 * EPOCH-012: an epoch ends at the IRQL it began at, and nothing that needs it to end is waited for
 * inside.
 */
const watchIrqlOfEpoch: Watch = byMisuse(
  'an epoch is left at the IRQL at which it was entered, and nothing is waited for inside that needs it to end',
  ['epoch-irql', 'wait-in-epoch'],
);

export const rule: Requirement = {
  id: 'EPOCH-012',
  asks:
    'An epoch is left at the IRQL at which it was entered, and nothing that needs the ' +
    'epoch to advance is waited for inside.',
  passing:
    'IRQLs of all epochs that calls entered agreed, and no deregistration was waited for inside one.',
  look: 'Locks taken inside an epoch and kept beyond it, and waits in the stop routine.',
  watch: watchIrqlOfEpoch,
  underThreads: {
    brokenBy: { 'exit-at-other-irql': 'an epoch is left at the level at which it was entered' },
  },
};

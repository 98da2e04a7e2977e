/**
 * EPOCH-003, a MUST for the provider.
 * Source: include/ebpf_extension.h:epoch_state_t, ebpf_epoch_enter_t
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byMisuse } from './misuse-rules.ts';

/** EPOCH-003: the state belongs to the runtime while the epoch lasts. */
const watchState: Watch = byMisuse(
  'the epoch state is 32 bytes of writable memory that nobody else uses until epoch_exit',
  ['epoch-state-small', 'epoch-state-changed'],
);

export const rule: Requirement = {
  id: 'EPOCH-003',
  asks: 'The epoch state buffer has at least 32 bytes and is shared with nobody while in use.',
  passing: '32 bytes of every state could be written, and were unchanged at the exit.',
  look: 'The declaration of the state (epoch_state_t), and states kept in globals.',
  watch: watchState,
  underThreads: {
    exercisedBy: 'epoch-state',
    brokenBy: {
      'state-shared': 'an epoch state is used by one thread at a time',
      'state-written': 'an epoch state of 32 bytes is left alone between enter and exit',
    },
  },
};

/** UNLOAD: how a provider leaves, with maps still alive or without. */
import type { Condition, Requirement } from '../../harness/index.ts';
import {
  watchBindingBalance,
  watchBindingContext,
  watchDetach,
  watchLateServices,
} from './monitors-binding.ts';
import { watchCompletion, watchNoNewMaps } from './monitors-runtime.ts';
import { watchErrors } from './refused.ts';
import { watchImmediate, watchPendingUse, watchRestart, watchStop } from './monitors.ts';
import { when } from '../applies.ts';
import { isRestartTried } from './scenarios.ts';

const isRestartAsked: Condition = {
  holds: ({ profile }) => isRestartTried(profile),
  otherwise: [
    {
      by: 'declared',
      on: 'restartable',
      why: 'the profile declares that the provider starts once per load (restartable)',
    },
  ],
};

export const requirements: readonly Requirement[] = [
  {
    id: 'UNLOAD-001',
    asks:
      'stop deregisters every provider and, told STATUS_PENDING, waits for completion before ' +
      'anything is freed or unloaded.',
    passing:
      'It did with no client, with maps alive, and where the registrar always answers STATUS_PENDING.',
    look:
      'The unload routine: NmrDeregisterProvider, then NmrWaitForProviderDeregisterComplete if ' +
      'it answered STATUS_PENDING.',
    watch: watchStop,
  },
  {
    id: 'UNLOAD-002',
    asks: 'STATUS_SUCCESS from NmrDeregisterProvider means that nothing has to be waited for.',
    passing: 'stop returned promptly when no client was bound.',
    look: 'The unload routine: wait only on STATUS_PENDING; wait for no client that may never come.',
    watch: watchImmediate,
  },
  {
    id: 'UNLOAD-003',
    asks: 'All callbacks work on while deregistration is pending: live maps are still used, and destroyed later.',
    passing:
      'Maps were read, filled, associated and closed while stop waited; everything was answered as ' +
      'before and nothing was left.',
    look: 'A flag set by the unload routine that makes callbacks return early, above all the delete path.',
    watch: watchPendingUse,
  },
  {
    id: 'UNLOAD-004',
    asks: 'Deregistration is not complete while a map of the provider exists, and is so promptly once all are gone.',
    passing: 'Completion followed the end of the last map.',
    look: 'What keeps bindings alive.',
    watch: watchCompletion,
  },
  {
    id: 'UNLOAD-005',
    asks:
      'ProviderDetachClient answers STATUS_SUCCESS, or STATUS_PENDING and then calls ' +
      'NmrProviderDetachClientComplete once.',
    passing: 'Every detach was answered so, and every pending one was completed once.',
    look: 'ProviderDetachClient: no other status, and one completion on every path.',
    watch: watchDetach,
  },
  {
    id: 'UNLOAD-006',
    asks: 'The binding context is freed exactly once, when the runtime can hand it to no callback any more.',
    passing:
      'Memory of attaches was neither touched after it was freed nor freed twice, over maps and bare clients.',
    look:
      'ProviderDetachClient and ProviderCleanupBindingContext: which of the two frees, and does ' +
      'a map still point there?',
    watch: watchBindingContext,
  },
  {
    id: 'UNLOAD-007',
    asks: 'Every attach is followed by one detach and cleanup that leave nothing behind.',
    passing: 'A hundred attaches and detaches left nothing, nor did any binding of a map.',
    look: 'ProviderCleanupBindingContext: what else did ProviderAttachClient allocate?',
    watch: watchBindingBalance,
  },
  {
    id: 'UNLOAD-008',
    asks: 'After ProviderDetachClient returned, only dispatch callbacks that still come use the client table.',
    passing: 'No other use was seen.',
    look: 'ProviderCleanupBindingContext and work items: do they free through the client table?',
    watch: watchLateServices,
  },
  {
    id: 'UNLOAD-009',
    asks: 'After complete deregistration the provider can register again within the same load.',
    passing: 'start, stop and start again worked, and maps were created as before.',
    look: 'Globals that only the loader initialises.',
    applies: when(isRestartAsked),
    watch: watchRestart,
  },
  {
    id: 'UNLOAD-010',
    asks: 'No new map is created from a provider whose deregistration has begun.',
    passing: 'Creations during a pending deregistration failed.',
    look: 'The registrar’s choice of providers.',
    watch: watchNoNewMaps,
  },
  {
    id: 'UNLOAD-011',
    asks: 'stop copes with errors of NmrDeregisterProvider and NmrWaitForProviderDeregisterComplete.',
    passing:
      'Each of the two answered an error in turn: stop came back, the other providers were gone, only handles ' +
      'of its own went to the registrar, and nothing was left once all had gone.',
    look: 'The unload routine: an early return, a retry without end, a handle that is used again.',
    watch: watchErrors,
  },
];

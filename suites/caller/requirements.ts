/** IRQL and PROC: at which level and in whose process callbacks run. */
import { except, type Requirement } from '../../harness/index.ts';
import {
  watchCleanupLevel,
  watchElementCallbacks,
  watchEndsOfBindings,
  watchLifetimeLevel,
  watchPassiveUpdate,
  watchPostprocessDelete,
  watchPreprocessDelete,
  watchRaisedLevel,
  watchReturnLevel,
  watchUserCallers,
} from './monitors-irql.ts';
import {
  byData,
  hasDelete,
  hasUpdate,
  hasValues,
  isPostprocess,
  isPreprocess,
  storesAsGiven,
  transforms,
  when,
} from '../applies.ts';
import { cleansUpUnderTheLock, deletesUnderTheLock } from '../shipped-reading.ts';
import { watchCleanupProcess, watchProcess, watchStoredAlone } from './monitors-process.ts';

const hasElementCallbacks = byData(
  ({ profile }) => profile.hasFind || profile.hasUpdate || profile.deleteStyle !== 'none',
  'there are no element callbacks',
);

export const requirements: readonly Requirement[] = [
  {
    id: 'IRQL-001',
    asks: 'The runtime invokes find, update and postprocess delete for user-mode callers at PASSIVE_LEVEL.',
    passing: 'The IRQL of every such call was read.',
    look: 'Locks that the runtime holds around the callback.',
    watch: watchUserCallers,
    readings: { 'as-shipped': except(watchUserCallers, deletesUnderTheLock) },
  },
  {
    id: 'IRQL-002',
    asks:
      'With updates_original_value false, find, update and delete callbacks are safe at ' +
      'DISPATCH_LEVEL: programs call them there.',
    passing:
      'They were called at DISPATCH and came back, without a wait, a pageable routine or a ' +
      'lower IRQL. Only calls that the harness offers can be seen.',
    look: 'Mutexes, waits, handle look-ups and pageable code in the element callbacks.',
    applies: when(storesAsGiven, hasElementCallbacks),
    watch: watchElementCallbacks,
  },
  {
    id: 'IRQL-003',
    asks: 'preprocess_map_delete_element is safe at DISPATCH_LEVEL even for user callers: the bucket lock is held.',
    passing:
      'It was called at DISPATCH for users and came back. With updates_original_value true ' +
      'the level is promised to be PASSIVE, and DISPATCH is tried in the as-shipped dialect ' +
      'only.',
    look: 'Waits and pageable routines in preprocess_map_delete_element; or use postprocess_map_delete_element.',
    applies: when(isPreprocess, hasValues),
    watch: watchPreprocessDelete,
  },
  {
    id: 'IRQL-004',
    asks: 'postprocess_map_delete_element is DISPATCH-safe as well: shipped runtimes call it under a spin lock.',
    passing:
      'It came back at every level it was called at; that is DISPATCH for explicit deletes ' +
      'and clean-up in the as-shipped dialect, whose verdict is advice.',
    look: 'Waits and pageable routines in postprocess_map_delete_element.',
    applies: when(isPostprocess, hasValues),
    watch: watchPostprocessDelete,
  },
  {
    id: 'IRQL-005',
    asks: 'The runtime invokes delete callbacks during map cleanup at PASSIVE_LEVEL.',
    passing: 'The IRQL of every such call was read.',
    look: 'The lock that the runtime holds while it empties the map.',
    applies: when(hasDelete, hasValues),
    watch: watchCleanupLevel,
    readings: { 'as-shipped': except(watchCleanupLevel, cleansUpUnderTheLock) },
  },
  {
    id: 'IRQL-006',
    asks:
      'The runtime invokes preprocess_map_create, postprocess_map_delete and ' +
      'preprocess_associate_program_type at PASSIVE_LEVEL.',
    passing: 'The IRQL of every such call was read.',
    look: 'Where the runtime creates, destroys and associates.',
    watch: watchLifetimeLevel,
  },
  {
    id: 'IRQL-007',
    asks: 'Every callback returns at the IRQL at which it was called.',
    passing: 'The IRQL before and after every call of all runs was compared.',
    look: 'KeRaiseIrql without KeLowerIrql, spin locks left held, and early returns between the two.',
    watch: watchReturnLevel,
  },
  {
    id: 'IRQL-008',
    asks: 'With updates_original_value true, update may rely on PASSIVE_LEVEL.',
    passing: 'A permission; the harness called update at PASSIVE only.',
    look: 'Nothing: this cannot fail.',
    applies: when(transforms),
    watch: watchPassiveUpdate,
  },
  {
    id: 'IRQL-009',
    asks: 'ProviderDetachClient and ProviderCleanupBindingContext are safe at DISPATCH_LEVEL: NMR may call both there.',
    passing:
      'Clients, with and without a map, went at DISPATCH_LEVEL; both callbacks returned and waited for nothing.',
    look:
      'Waits, mutexes and pageable routines in detach and cleanup: answer STATUS_PENDING and ' +
      'finish in a work item instead.',
    watch: watchEndsOfBindings,
  },
  {
    id: 'IRQL-010',
    asks: 'No callback waits, or calls a pageable routine, at an IRQL that it raised itself.',
    passing:
      'What callbacks that were called below DISPATCH_LEVEL asked of the host was compared with their IRQL then.',
    look: 'Waits, delays and pageable routines between KeAcquireSpinLock and KeReleaseSpinLock, or after KeRaiseIrql.',
    watch: watchRaisedLevel,
  },
  {
    id: 'PROC-001',
    asks: "The runtime runs find, update and delete callbacks without HELPER in the calling user's process.",
    passing:
      'The process of every such call was compared with that of the caller; two processes called.',
    look: 'Callbacks that the runtime hands to a work item.',
    watch: watchProcess,
  },
  {
    id: 'PROC-002',
    asks: 'Clean-up uses neither the handle table of the current process nor assumes the original process.',
    passing:
      'Maps were destroyed in another process than their own, and everything was released without a handle look-up.',
    look: 'The delete callback with MAP_CLEANUP: handles, current process, per-process tables.',
    applies: when(hasDelete, hasValues),
    watch: watchCleanupProcess,
  },
  {
    id: 'PROC-003',
    asks: 'Resources are released from the stored representation alone; the inserting process may be gone.',
    passing:
      'Values that one process inserted were deleted by another, and everything was released.',
    look: 'The delete callback: does it need the handle, or the process, that the value came from?',
    applies: when(transforms, hasUpdate, hasValues),
    watch: watchStoredAlone,
  },
];

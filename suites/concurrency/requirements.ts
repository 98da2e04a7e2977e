/** CONC: several operations under way at the same time. */
import type { Requirement } from '../../harness/index.ts';
import {
  watchConcurrency,
  watchCurrentOperation,
  watchDeadlock,
  watchLifetimes,
  watchLookup,
  watchSameKey,
} from './monitors.ts';
import { watchDeliveries } from './monitors-runtime.ts';
import {
  byData,
  createsMaps,
  hasDelete,
  hasFind,
  hasUpdate,
  hasValues,
  servesSeveral,
  when,
} from '../applies.ts';

const changesAreHeard = byData(
  ({ profile }) => profile.hasUpdate || profile.deleteStyle !== 'none',
  'the provider supplies neither an update nor a delete callback',
);
const hearsOfChanges = when(changesAreHeard, hasValues);
const hearsOfBoth = when(hasUpdate, hasDelete, hasValues);

const phases =
  'Operations were split into their phases (before the callback, commit, after it, end) ' +
  'and the phases of several actors interleaved';

export const requirements: readonly Requirement[] = [
  {
    id: 'CONC-001',
    asks: 'All callbacks are safe when they are invoked concurrently, on the same map and across maps.',
    passing:
      `${phases}; nothing was lost, misused, mixed up or left over. ` +
      'Races within one callback need real threads (--stress).',
    look:
      'State that lives longer than one callback: counters, caches, lists. Who else writes ' +
      'it between two of your callbacks?',
    watch: watchConcurrency,
  },
  {
    id: 'CONC-002',
    asks:
      'Two update callbacks for one key may overlap, and deletes of displaced values may ' +
      'come in any order relative to later updates.',
    passing: `${phases}, in every order for small plans; lookups and releases went by the value handed in.`,
    look:
      'State kept per key: a delete callback must go by the value it is handed, not by what ' +
      'it remembers of the key.',
    applies: hearsOfChanges,
    watch: watchSameKey,
  },
  {
    id: 'CONC-003',
    asks:
      'The runtime delivers the delete callback exactly once per displaced, deleted, rolled ' +
      'back or cleaned up value, under concurrency too.',
    passing:
      'What update callbacks gave and what delete callbacks were handed was counted value by value, map by map.',
    look: 'Updates that lose a race, and clean-up beside deletes.',
    applies: hearsOfBoth,
    watch: watchDeliveries,
  },
  {
    id: 'CONC-004',
    asks: 'No per-thread or global "current operation" links an update callback to a later delete callback.',
    passing: `${phases} on two keys and on two maps; no callback took another operation for its own.`,
    look: 'Globals that the update callback sets and the delete callback reads.',
    applies: hearsOfChanges,
    watch: watchCurrentOperation,
  },
  {
    id: 'CONC-005',
    asks: 'Attach, create, map delete and detach of different maps may go on at the same time.',
    passing:
      'Creations and destructions of several maps were interleaved step by step; none was refused or went astray.',
    look: 'State that ProviderAttachClient leaves for preprocess_map_create, and lists of maps.',
    applies: when(servesSeveral, createsMaps),
    watch: watchLifetimes,
  },
  {
    id: 'CONC-006',
    asks:
      'find may run concurrently with update and delete of its key; the value it is handed ' +
      'may be displaced meanwhile.',
    passing:
      'Lookups were stopped before their callback, their key changed, and let go on, in every order for small plans.',
    look: 'What find reads besides the value it is handed.',
    applies: when(hasFind, hasValues),
    watch: watchLookup,
  },
  {
    id: 'CONC-007',
    asks:
      'No deadlock when a delete callback runs under a spin lock of the runtime while ' +
      'another thread is inside an update.',
    passing:
      'Delete callbacks, under the bucket lock where the runtime holds it, came back while ' +
      'another actor was between its update callback and the end of its update.',
    look: 'Locks and flags that are taken in the update callback and released in another.',
    applies: hearsOfBoth,
    watch: watchDeadlock,
  },
];

/** FLAG and SIZE: the numbers that go with every element callback. */
import { except, type Condition, type Requirement } from '../../harness/index.ts';
import {
  byData,
  createsMaps,
  hasDelete,
  hasFind,
  hasUpdate,
  hasValues,
  storesAsGiven,
  transforms,
  when,
} from '../applies.ts';
import * as provider from './monitors.ts';
import { forwardsTheKeySize, takesAnyLength } from '../shipped-reading.ts';
import * as runtime from './monitors-runtime.ts';

const usable = when(createsMaps, hasValues);
const has = {
  find: hasFind,
  update: hasUpdate,
  delete: hasDelete,
};
const anyCallback = (needs: readonly (keyof typeof has)[]): readonly Condition[] =>
  when(
    byData(
      (subject) => needs.some((one) => has[one].holds(subject)),
      `the provider supplies no ${needs.join(', ')} callback`,
    ),
    ...usable,
  );
const elements = anyCallback(['find', 'update', 'delete']);

export const requirements: readonly Requirement[] = [
  {
    id: 'FLAG-001',
    asks: 'HELPER is 0x01, UPDATE 0x02, MAP_CLEANUP 0x04.',
    passing: 'Flags held no other bits, and UPDATE was set for replaces and rollbacks.',
    look: "the runtime's constants and where it sets them.",
    applies: elements,
    watch: runtime.watchValues,
  },
  {
    id: 'FLAG-002',
    asks: 'HELPER is set exactly when a BPF program issued the operation.',
    passing: 'It was clear for users and, where programs may use the map, set for them.',
    look: "the runtime's translation of its own flags for the provider.",
    applies: elements,
    watch: runtime.watchHelper,
  },
  {
    id: 'FLAG-003',
    asks: 'UPDATE and MAP_CLEANUP are never set for find and update callbacks.',
    passing: 'They were not.',
    look: "the runtime's lookup and update: which flags are passed on?",
    applies: anyCallback(['find', 'update']),
    watch: runtime.watchNoDeleteFlags,
  },
  {
    id: 'FLAG-004',
    asks: "The runtime's own flags do not reach the provider.",
    passing: 'Callbacks of lookup-and-delete had flags 0 or HELPER.',
    look: "the runtime's find-and-delete flag, which is 0x02 internally.",
    applies: anyCallback(['find', 'delete']),
    watch: runtime.watchNoInternalFlags,
  },
  {
    id: 'FLAG-005',
    asks: 'Flags are a set of bits: HELPER|UPDATE is UPDATE as well as HELPER.',
    passing: 'Deletes with HELPER|UPDATE released, as far as counter, memory and references show.',
    look: 'the delete callback: is flags compared with == where a bit is meant?',
    applies: when(storesAsGiven, hasDelete, createsMaps, hasValues),
    watch: provider.watchBitSet,
  },
  {
    id: 'FLAG-006',
    asks: 'Bits of flags that the provider does not know are ignored.',
    passing: 'Find, update and delete behaved with bit 31 set as without.',
    look: 'the callbacks: is an unknown bit refused, or flags used as a number?',
    applies: elements,
    watch: provider.watchUnknownBits,
  },
  {
    id: 'FLAG-007',
    asks:
      'With updates_original_value, operations with HELPER may be refused: the runtime ' +
      'never issues them.',
    passing: 'Nothing can be broken; the suite issues none itself.',
    look: 'nothing to look at: this is a permission.',
    applies: when(transforms),
    watch: provider.watchHelperRefusal,
  },
  {
    id: 'SIZE-001',
    asks: 'Update and delete callbacks get the declared key size.',
    passing: 'They did.',
    look: "the runtime's update and delete: which size is passed on?",
    applies: anyCallback(['update', 'delete']),
    watch: runtime.watchKeySize,
  },
  {
    id: 'SIZE-002',
    asks: 'Find gets the declared key size too.',
    passing: 'It did.',
    look: "the runtime's lookup: is the caller's number forwarded?",
    applies: when(hasFind, createsMaps, hasValues),
    watch: runtime.watchFindKeySize,
    readings: { 'as-shipped': except(runtime.watchFindKeySize, forwardsTheKeySize) },
  },
  {
    id: 'SIZE-003',
    asks:
      'Update gets the declared value size and an out buffer of actual_value_size; find and ' +
      'delete get actual_value_size, find an out buffer of the declared size. Without ' +
      'updates_original_value there is no out buffer.',
    passing: 'All sizes were these.',
    look: "the runtime's calls of the element callbacks.",
    applies: elements,
    watch: runtime.watchValueSizes,
  },
  {
    id: 'SIZE-004',
    asks: 'Sizes that the provider depends on are checked.',
    passing:
      'Find and update with smaller values and smaller out buffers failed or touched no more than there was.',
    look: 'the callbacks: are in_value_size and out_value_size looked at before bytes are read and written?',
    applies: anyCallback(['find', 'update']),
    watch: provider.watchSmallSizes,
  },
  {
    id: 'SIZE-005',
    asks: 'Key and value lengths of user callers are checked against the map before anybody is asked.',
    passing: 'Lookups with other lengths were refused without a callback.',
    look: "the runtime's entry for custom maps: do the checks of native maps apply?",
    applies: usable,
    watch: runtime.watchCallerLengths,
    readings: { 'as-shipped': except(runtime.watchCallerLengths, takesAnyLength) },
  },
];

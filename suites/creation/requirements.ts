/** CRE for providers: how a map comes to be, and what a creation that fails leaves behind. */
import type { Condition, Requirement } from '../../harness/index.ts';
import { byData, createsMaps, servesSeveral, when } from '../applies.ts';
import { hasUnsupportedSizes } from './accepted-sizes.ts';
import {
  watchContextAfterFailure,
  watchFailedCreate,
  watchFailureCode,
} from './monitors-failure.ts';
import { watchNeighbours } from './monitors-neighbours.ts';
import {
  watchActualValueSize,
  watchContext,
  watchForeignType,
  watchOutParameters,
  watchOwnLimits,
  watchSameSize,
  watchUnsupportedSizes,
  watchZeroSizes,
} from './monitors.ts';
import { runtimeRequirements } from './requirements-runtime.ts';

const storesAsGiven = byData(({ registrations, profile }) => {
  const told = registrations.map((one) => one.data?.base_properties?.updates_original_value);
  return told.length > 0 ? told.includes(false) : !profile.updatesOriginalValue;
}, 'updates_original_value is true');

const refusesSizes: Condition = {
  holds: hasUnsupportedSizes,
  otherwise: [
    {
      by: 'occasion',
      on: 'accepted',
      why: 'no sizes are declared, and none that were tried was refused or unusable',
    },
  ],
};

const providerRequirements: readonly Requirement[] = [
  {
    id: 'CRE-003',
    asks: 'A successful preprocess_map_create writes a size other than zero to *actual_value_size.',
    passing:
      'Every successful create wrote it, and wrote the same size whether it held 0 or 0xDEADBEEF before.',
    look: 'preprocess_map_create: is *actual_value_size assigned on every path that succeeds?',
    watch: watchActualValueSize,
  },
  {
    id: 'CRE-004',
    asks: 'When updates_original_value is false, *actual_value_size equals value_size.',
    passing: 'It did for every accepted size that was tried.',
    look: 'preprocess_map_create: no rounding up, no room for private data in the stored value.',
    applies: when(storesAsGiven),
    watch: watchSameSize,
  },
  {
    id: 'CRE-005',
    asks: 'A successful preprocess_map_create puts out a map context that is not NULL.',
    passing: 'Every successful create wrote a context other than NULL.',
    look: 'preprocess_map_create: helpers tell your maps from others by this context; without one they cannot.',
    isMustFor: ({ profile }) => profile.helpers.length > 0,
    watch: watchContext,
  },
  {
    id: 'CRE-006',
    asks: 'Key and value sizes that the provider does not support are refused with a failure code.',
    passing:
      'Creations with sizes outside the declared sets (or, when none are declared, sizes that the ' +
      'probe saw refused and absurd ones) failed without a crash; maps of accepted sizes and entry ' +
      'counts took values and gave them back.',
    look:
      'preprocess_map_create: are both key_size and value_size compared, and compared for equality? ' +
      'Are sizes and max_entries kept, multiplied and added in variables that are wide enough?',
    applies: when(createsMaps, refusesSizes),
    watch: watchUnsupportedSizes,
  },
  {
    id: 'CRE-007',
    asks: 'A key_size, value_size or max_entries of zero is refused: the runtime does not filter them.',
    passing:
      'Creations with each of the three at zero failed, or the profile declares that zero is supported.',
    look: 'preprocess_map_create: a division by max_entries, or an allocation of max_entries elements?',
    watch: watchZeroSizes,
  },
  {
    id: 'CRE-008',
    asks: 'A map_type other than those the provider registered is refused.',
    passing: 'A direct create with other ids failed, with whatever code.',
    look: 'preprocess_map_create: is map_type compared with the registered one?',
    watch: watchForeignType,
  },
  {
    id: 'CRE-009',
    asks: 'A failed create leaves *map_context NULL, or something that postprocess_map_delete copes with.',
    passing:
      'Creates provoked to fail by sizes, type and failing allocations left NULL, or the delete ' +
      'that the shipped runtime then makes was harmless.',
    look: 'preprocess_map_create: is *map_context written before the last thing that can fail?',
    watch: watchContextAfterFailure,
  },
  {
    id: 'CRE-010',
    asks: 'A failed create releases everything it allocated.',
    passing:
      'No block and no object reference of a create provoked to fail was left at unload, nor did ' +
      'they pile up before.',
    look: 'preprocess_map_create: does every early return free what came before it?',
    watch: watchFailedCreate,
  },
  {
    id: 'CRE-011',
    asks:
      'preprocess_map_create answers EBPF_NO_MEMORY when an allocation fails and ' +
      'EBPF_INVALID_ARGUMENT to bad parameters.',
    passing:
      'Those were the answers to each failing allocation and to each unsupported or zero size.',
    look: 'preprocess_map_create: is an NTSTATUS or another enum returned as ebpf_result_t?',
    watch: watchFailureCode,
  },
  {
    id: 'CRE-012',
    asks: 'Several maps live at the same time without touching each other’s contents or lifetimes.',
    passing:
      'Maps of equal and of different sizes were created, filled, read and closed in several ' +
      'orders; lookups in one gave the same before and after the others changed.',
    look: 'Is anything that belongs to one map (sizes, context, list heads) kept in a global or in the binding?',
    applies: when(servesSeveral),
    watch: watchNeighbours,
  },
  {
    id: 'CRE-013',
    asks: 'Only 4 bytes at actual_value_size and 8 at map_context are written, and only during the call.',
    passing:
      'The surroundings of both were intact after every create, and nothing was written there later.',
    look: 'preprocess_map_create: is the address of an out parameter stored, or cast to a wider type?',
    watch: watchOutParameters,
  },
  {
    id: 'CRE-019',
    asks: 'An actual_value_size smaller than value_size is undefined.',
    passing: 'Nothing: nobody can rely on either outcome.',
    look: 'Declare an actual_value_size of at least value_size.',
    untestable: 'the contract leaves an actual_value_size smaller than value_size undefined',
  },
  {
    id: 'CRE-021',
    asks: 'A provider may limit max_entries or the range of keys itself.',
    passing: 'Such limits are taken as they are.',
    look: 'Nothing: this is a permission.',
    watch: watchOwnLimits,
  },
];

export const requirements: readonly Requirement[] = [
  ...providerRequirements,
  ...runtimeRequirements,
];

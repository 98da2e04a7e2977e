/** HELP and CTX: BPF programs on custom maps, the provider's helpers, and the offset they go by. */
import type { Condition, Requirement } from '../../harness/index.ts';
import { storesAsGiven, transforms, when } from '../applies.ts';
import {
  watchEpochOfFind,
  watchFindElement,
  watchForeignContext,
  watchMapArgument,
  watchNullContext,
} from './monitors.ts';
import {
  watchBeforeAttach,
  watchCopyBounds,
  watchHelperIrql,
  watchStoredValue,
} from './monitors-output.ts';
import {
  watchAnyOffset,
  watchCachedOffset,
  watchMapWrites,
  watchOneOffset,
  watchSlot,
} from './monitors-offset.ts';
import {
  watchFindElementResult,
  watchProgramsRefused,
  watchProgramsServed,
} from './monitors-runtime.ts';

const hasHelpers: Condition = {
  holds: ({ profile }) => profile.helpers.length > 0,
  otherwise: [{ by: 'occasion', on: 'helpers', why: 'the profile declares no helpers' }],
};

export const requirements: readonly Requirement[] = [
  {
    id: 'HELP-001',
    asks:
      'With updates_original_value true the runtime refuses element operations of BPF ' +
      'programs without asking the provider.',
    passing:
      'Lookups, updates, deletes and lookup-and-deletes by a program ended in a refusal, ' +
      'and no callback was called in them.',
    look: 'The program-side map functions of the runtime: is the refusal before the provider is called?',
    applies: when(transforms),
    watch: watchProgramsRefused,
  },
  {
    id: 'HELP-002',
    asks:
      'With updates_original_value false the runtime lets BPF programs look up, update and ' +
      'delete, and tells the provider with HELPER.',
    passing: 'Program operations were carried out, and every callback in them had the HELPER flag.',
    look: 'The program-side map functions of the runtime: which flags do they pass on?',
    applies: when(storesAsGiven),
    watch: watchProgramsServed,
  },
  {
    id: 'HELP-003',
    asks:
      'A helper takes its map argument for the map object of the runtime and reads the ' +
      'pointer to its own map context at map_context_offset in it.',
    passing:
      'Helpers called with a live map that holds the key got through, or at least not into ' +
      'the refusal that native maps get, without a bad access.',
    look:
      'The first lines of the helper: MAP_CONTEXT(map, offset) is the pointer stored at map ' +
      '+ offset, not that place itself and not the map.',
    applies: when(hasHelpers),
    watch: watchMapArgument,
  },
  {
    id: 'HELP-004',
    asks: 'A helper checks the context it derives for NULL, which is what native maps have, and fails gracefully.',
    passing:
      'Helpers called with a native map came back, without a bad access and without a value.',
    look: 'Is the context compared with NULL before it is used?',
    applies: when(hasHelpers),
    watch: watchNullContext,
  },
  {
    id: 'HELP-005',
    asks:
      'A helper verifies that a context which is not NULL is its own: custom maps of all ' +
      'extensions share the offset.',
    passing:
      "Helpers called with another extension's map, whose context is readable and carries another tag, refused it.",
    look: 'Does the context begin with a tag of yours, and does the helper compare it?',
    applies: when(hasHelpers),
    watch: watchForeignContext,
  },
  {
    id: 'HELP-006',
    asks:
      "A provider passes the runtime's map pointer to find_element_function, and handles " +
      'every result but success and a NULL value.',
    passing:
      'Every call of find_element_function had a map pointer of the runtime, and helpers ' +
      'asked for missing keys came back without a value.',
    look:
      'The call of find_element_function: is its first argument the map the program gave, ' +
      'and is the result looked at?',
    applies: when(hasHelpers),
    watch: watchFindElement,
  },
  {
    id: 'HELP-007',
    asks:
      'find_element_function is called inside an epoch only, and the pointer it gives is ' +
      'not used once that epoch is over.',
    passing:
      'No call of it outside an epoch, and no access to a value of an earlier epoch, over ' +
      'helper calls with updates and deletes in between.',
    look:
      'Pointers from find_element_function that are kept in globals or contexts, and ' +
      'lookups in work items without epoch_enter.',
    applies: when(hasHelpers),
    watch: watchEpochOfFind,
  },
  {
    id: 'HELP-008',
    asks:
      'A helper of a transforming map gives BPF programs neither the stored value nor a ' +
      'pointer by which they could reach it.',
    passing:
      'What helpers returned and wrote was compared with what the update callback had stored.',
    look:
      'The return value and the copy of the helper: do they come from the object, or from ' +
      'the map entry that refers to it?',
    applies: when(hasHelpers, transforms),
    watch: watchStoredValue,
  },
  {
    id: 'HELP-009',
    asks: 'A helper bounds its copies by the size of the destination that the program names.',
    passing:
      'Destinations of 1, 4 and 64 bytes and of exactly one value were given, and nothing ' +
      'was read or written beyond the value or the destination.',
    look: 'The length of the copy: the smaller of the two sizes?',
    applies: when(hasHelpers),
    watch: watchCopyBounds,
  },
  {
    id: 'HELP-010',
    asks:
      'A helper does not dereference its map argument before a client has attached: until ' +
      'then the offset is unknown.',
    passing:
      'A helper called before the first attach came back without touching the map it was given.',
    look: 'Is there a flag for "offset known", set in ProviderAttachClient and checked in the helper?',
    applies: when(hasHelpers),
    watch: watchBeforeAttach,
  },
  {
    id: 'HELP-011',
    asks: 'Helpers are safe at DISPATCH_LEVEL wherever their programs may run there.',
    passing:
      'Helpers called at DISPATCH came back, and neither waited nor used pageable routines nor lowered the IRQL.',
    look: 'Waits, mutexes and pageable routines in the helper and in all that it calls.',
    applies: when(hasHelpers),
    watch: watchHelperIrql,
  },
  {
    id: 'HELP-012',
    asks:
      'find_element_function answers success with a pointer to the stored bytes, and fails ' +
      'for keys that are absent and for maps that are none.',
    passing:
      'The answers agreed with what earlier operations had stored; which failure it was did not matter.',
    look: "The runtime's find_element_function.",
    watch: watchFindElementResult,
  },
  {
    id: 'CTX-001',
    asks: 'A runtime uses one map_context_offset for all bindings, map types and instances.',
    passing: 'All attaches of a run named the same offset.',
    look: 'Where the runtime fills map_context_offset in.',
    watch: watchOneOffset,
  },
  {
    id: 'CTX-002',
    asks:
      "A runtime keeps the provider's map_context pointer at map_context_offset in custom " +
      'maps, and NULL there in native ones.',
    passing: 'The slot of custom and native maps was read and compared.',
    look: 'The layout of the map object of the runtime, and the allocation of native maps.',
    watch: watchSlot,
  },
  {
    id: 'CTX-003',
    asks: 'A provider may keep the offset in a global: it is the same for all clients.',
    passing: 'A permission; runs with several clients kept the offset constant.',
    look: 'Nothing: this cannot fail.',
    watch: watchCachedOffset,
  },
  {
    id: 'CTX-004',
    asks:
      'A provider assumes no particular map_context_offset, neither its value nor its ' +
      'width. Taking 0 for "not attached" is advised against only.',
    passing:
      'Runs with the offsets 0, 8, 72, 0x1000 and 0x12345678: attach and creation ' +
      'succeeded, and helpers found their maps.',
    look: 'The type of the variable that keeps the offset, and comparisons of it with 0.',
    watch: watchAnyOffset,
  },
  {
    id: 'CTX-005',
    asks: "A provider does not write through the MAP_CONTEXT address: the map object is the runtime's.",
    passing: 'The map object is read-only in every run, and no write to it was seen.',
    look: 'Assignments through the pointer that MAP_CONTEXT takes apart.',
    watch: watchMapWrites,
  },
];

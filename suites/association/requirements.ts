/** ASSOC: which programs may use a map, and that asking changes nothing. */
import { guids } from '../../harness/index.ts';
import type { Condition, Requirement } from '../../harness/index.ts';
import { declares } from '../declares.ts';
import { when } from '../applies.ts';
import { watchEntriesKept, watchNothingKept, watchSameAnswer } from './monitors-effects.ts';
import {
  watchAccepts,
  watchAsked,
  watchRefuses,
  watchTypePointer,
  watchWholeGuid,
} from './monitors.ts';

/** Types that no list names: what a provider with a closed set must refuse (also used by the scenarios). */
export const unknownProgramType = '0d9b8a53-27f1-4c40-9be6-e1a5437c6d82';

const platform: readonly string[] = Object.values(guids.PROGRAM_TYPES);

/** Accepted types of which two or more were seen are taken for the set that is meant; one alone may be a mistake. */
const acceptedFew = 2;

const acceptsSome: Condition = {
  holds: (subject) => {
    const { programTypes } = subject.profile;
    if (programTypes === null) return true;
    const { accept, reject } = programTypes;
    if (declares(subject, 'programTypes')) return accept.length > 0;
    return accept.length >= acceptedFew || !reject.some((type) => platform.includes(type));
  },
  otherwise: [
    {
      by: 'declared',
      on: 'programTypes',
      why: 'the profile declares that no program type is accepted',
    },
    {
      by: 'probed',
      on: 'programTypes',
      why:
        'every program type, or every one but one, was refused, and nothing says that this is meant: ' +
        'declare `programTypes` with those that the map accepts',
    },
  ],
};

const isRestricted: Condition = {
  holds: ({ profile }) => profile.programTypes?.restricted === true,
  otherwise: [
    {
      by: 'occasion',
      on: 'programTypes',
      why: 'no program type is declared to be refused, and none was',
    },
  ],
};

/** Declared with a list of refused types, the set is open but for those; probed, it is what was seen. */
const isClosed: Condition = {
  holds: (subject) => {
    const { programTypes } = subject.profile;
    if (!programTypes || programTypes.reject.length === 0) return true;
    return (
      !declares(subject, 'programTypes') &&
      !programTypes.reject.every((type) => platform.includes(type))
    );
  },
  otherwise: [
    {
      by: 'declared',
      on: 'programTypes',
      why: 'the profile declares which program types are refused, so that others may be accepted',
    },
    {
      by: 'probed',
      on: 'programTypes',
      why:
        'some program types were refused and types that nobody knows were not, and nothing says that this is ' +
        'meant: declare `programTypes` with those that the map refuses',
    },
  ],
};

const hasAccepted: Condition = {
  holds: ({ profile }) => profile.programTypes === null || profile.programTypes.accept.length > 0,
  otherwise: acceptsSome.otherwise,
};

export const requirements: readonly Requirement[] = [
  {
    id: 'ASSOC-001',
    asks:
      'preprocess_associate_program_type is called with the program’s type before a map is ' +
      'associated; its failure is the answer.',
    passing: 'Each association asked the provider once and answered what it answered.',
    look: 'The order of the callback and the reference on the map.',
    watch: watchAsked,
  },
  {
    id: 'ASSOC-002',
    asks: 'Compatible program types get EBPF_SUCCESS.',
    passing:
      'Every declared type (or every type that the probe saw accepted) was accepted, with the map empty and filled.',
    look: 'preprocess_associate_program_type: is the comparison the right way round?',
    applies: when(acceptsSome),
    watch: watchAccepts,
  },
  {
    id: 'ASSOC-003',
    asks: 'Incompatible program types get a failure.',
    passing:
      'The platform’s types and one that nobody knows were refused where they are outside the accepted set.',
    look: 'preprocess_associate_program_type: does it end in a refusal?',
    applies: when(isRestricted),
    watch: watchRefuses,
  },
  {
    id: 'ASSOC-004',
    asks: 'All 16 bytes of the program type are compared.',
    passing: 'An accepted type with one bit changed, in each of its bytes, was refused.',
    look: 'preprocess_associate_program_type: compare whole GUIDs, not Data1.',
    applies: when(isRestricted, isClosed, hasAccepted),
    watch: watchWholeGuid,
  },
  {
    id: 'ASSOC-005',
    asks: 'The program_type pointer is not kept, and not needed after the call.',
    passing: 'What it pointed at was taken away after each call, and nothing used it.',
    look: 'preprocess_associate_program_type: copy the GUID if you need it.',
    watch: watchTypePointer,
  },
  {
    id: 'ASSOC-006',
    asks: 'Associations do not accumulate resources: nothing ever undoes them.',
    passing:
      'After a thousand associations nothing that they allocated or referenced was left when the map was gone.',
    look: 'preprocess_associate_program_type: references and list entries per call.',
    watch: watchNothingKept,
  },
  {
    id: 'ASSOC-007',
    asks: 'The same map and program type get the same answer, whatever the map holds, in any order and repetition.',
    passing:
      'Each question was repeated with the map empty, filled and emptied, and answered alike.',
    look: 'preprocess_associate_program_type: does it look at entries, or remember the first program?',
    watch: watchSameAnswer,
  },
  {
    id: 'ASSOC-008',
    asks: 'Associating changes neither entries nor who owns what they hold.',
    passing:
      'Lookups, counters and the owners of memory and references were the same before and after.',
    look: 'preprocess_associate_program_type: it has no business with entries.',
    watch: watchEntriesKept,
  },
];

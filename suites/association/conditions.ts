/** ASSOC: which programs may use a map, and that asking changes nothing. */
import { guids, type Condition } from '../../harness/index.ts';
import { declares } from '../state/declares.ts';

/**
 * Types that no list names: what a provider with a closed set must refuse (also used by the
 * scenarios).
 */
export const unknownProgramType = '0d9b8a53-27f1-4c40-9be6-e1a5437c6d82';

export const platform: readonly string[] = Object.values(guids.PROGRAM_TYPES);

/**
 * Accepted types of which two or more were seen are taken for the set that is meant; one alone may
 * be a mistake.
 */
const acceptedFew = 2;

export const acceptsSome: Condition = {
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

export const isRestricted: Condition = {
  holds: ({ profile }) => profile.programTypes?.restricted === true,
  otherwise: [
    {
      by: 'occasion',
      on: 'programTypes',
      why: 'no program type is declared to be refused, and none was',
    },
  ],
};

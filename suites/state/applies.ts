/**
 * Conditions that rules share, each with the sentence that reports print when it is false
 * (docs/CONDITIONS.md).
 */
import type { Condition, Exempt } from '../../harness/index.ts';
import { declares } from './declares.ts';

export { when } from '../../harness/index.ts';

/** A condition that what the subject registered decides. */
export const byData = (holds: Condition['holds'], why: string): Condition => ({
  holds,
  otherwise: [{ by: 'data', why }],
});

export const hasFind = byData(
  ({ profile }) => profile.hasFind,
  'the provider supplies no find callback',
);
export const hasUpdate = byData(
  ({ profile }) => profile.hasUpdate,
  'the provider supplies no update callback',
);
export const hasNoUpdate = byData(
  ({ profile }) => !profile.hasUpdate,
  'the provider supplies an update callback',
);
export const hasDelete = byData(
  ({ profile }) => profile.deleteStyle !== 'none',
  'the provider supplies no delete callback',
);
export const isPreprocess = byData(
  ({ profile }) => profile.deleteStyle === 'preprocess',
  'the provider does not use preprocess_map_delete_element',
);
export const isPostprocess = byData(
  ({ profile }) => profile.deleteStyle === 'postprocess',
  'the provider does not use postprocess_map_delete_element',
);
export const transforms = byData(
  ({ profile }) => profile.updatesOriginalValue,
  'updates_original_value is false',
);
export const storesAsGiven = byData(
  ({ profile }) => !profile.updatesOriginalValue,
  'updates_original_value is true',
);

export const hasValues: Condition = {
  holds: ({ profile }) => profile.values !== 'none',
  otherwise: [
    {
      by: 'declared',
      on: 'userUpdate',
      where: ({ profile }) => profile.userUpdate !== null,
      why: 'the profile declares that updates are refused',
    },
    {
      by: 'probed',
      on: 'values',
      why:
        'every value that was tried was refused: declare `values` or offer makeValue (cmc_make_value); ' +
        'if the map takes no updates, declare `userUpdate` with the result that they get',
    },
  ],
};

export const createsMaps: Condition = {
  holds: ({ profile }) => profile.accepted.length > 0,
  otherwise: [
    {
      by: 'probed',
      on: 'accepted',
      why:
        'no map could be created with the sizes that were tried: declare keySizes and valueSizes, ' +
        'and maxEntries where it matters',
    },
  ],
};

const lookupsRefused: Exempt = {
  by: 'probed',
  on: 'userLookup',
  why:
    'every lookup by a user was refused: if that is meant, declare `userLookup` with the result ' +
    'that they get',
};

export const answersLookups: Condition = {
  holds: ({ profile }) => profile.userLookup === null || profile.userLookup === 'supported',
  otherwise: [
    { by: 'declared', on: 'userLookup', why: 'the profile declares that user lookups are refused' },
    lookupsRefused,
  ],
};

/** What is refused and said to be refused is no gap, and binds all the same. */
export const lookupsAsDeclared: Condition = {
  holds: (subject) => answersLookups.holds(subject) || declares(subject, 'userLookup'),
  otherwise: [lookupsRefused],
};

/** More than one map at a time: only a declaration (maxMaps 1) says otherwise. */
export const servesSeveral: Condition = {
  holds: ({ profile }) => profile.maxMaps === null || profile.maxMaps > 1,
  otherwise: [
    { by: 'declared', on: 'maxMaps', why: 'the profile declares one map at a time (maxMaps)' },
  ],
};

/**
 * That something else is shown than was given is right only where somebody says that it is meant.
 */
export const isRelationKnown: Condition = {
  holds: ({ profile }) =>
    profile.valueRelation !== 'opaque' || profile.source['valueRelation'] === 'declared',
  otherwise: [
    {
      by: 'probed',
      on: 'valueRelation',
      why:
        'lookups showed other bytes than the update was given, and nothing says that this is meant: declare ' +
        "`valueRelation`, the function from the value given to the value shown, or 'opaque'",
    },
  ],
};

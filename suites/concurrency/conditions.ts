/** CONC: several operations under way at the same time. */

import { byData, hasDelete, hasUpdate, hasValues, when } from '../state/applies.ts';

const changesAreHeard = byData(
  ({ profile }) => profile.hasUpdate || profile.deleteStyle !== 'none',
  'the provider supplies neither an update nor a delete callback',
);
export const hearsOfChanges = when(changesAreHeard, hasValues);
export const hearsOfBoth = when(hasUpdate, hasDelete, hasValues);

export const phases =
  'Operations were split into their phases (before the callback, commit, after it, end) ' +
  'and the phases of several actors interleaved';

/** Conditions that rules about elements share, as the sentences that reports print. */
import type { Profile, SubjectContext } from '../harness/index.ts';

type Condition = (profile: Profile) => true | string;

export const hasFind: Condition = (profile) =>
  profile.hasFind || 'the provider supplies no find callback';
export const hasUpdate: Condition = (profile) =>
  profile.hasUpdate || 'the provider supplies no update callback';
export const hasDelete: Condition = (profile) =>
  profile.deleteStyle !== 'none' || 'the provider supplies no delete callback';
export const isPreprocess: Condition = (profile) =>
  profile.deleteStyle === 'preprocess' || 'the provider does not use preprocess_map_delete_element';
export const transforms: Condition = (profile) =>
  profile.updatesOriginalValue || 'updates_original_value is false';
export const storesAsGiven: Condition = (profile) =>
  !profile.updatesOriginalValue || 'updates_original_value is true';
export const hasValues: Condition = (profile) =>
  profile.values !== 'none' ||
  'no value that the provider accepts is known: declare `values` or offer makeValue';
export const createsMaps: Condition = (profile) =>
  profile.accepted.length > 0 ||
  'no sizes that the provider accepts are known: declare keySizes and valueSizes';
export const answersLookups: Condition = (profile) =>
  profile.userLookup === null ||
  profile.userLookup === 'supported' ||
  `user lookups are refused (${profile.userLookup})`;

/** All of the conditions; the first that is false is the reason. */
export const when =
  (...conditions: Condition[]) =>
  ({ profile }: SubjectContext): true | string => {
    for (const condition of conditions) {
      const answer = condition(profile);
      if (answer !== true) return answer;
    }
    return true;
  };

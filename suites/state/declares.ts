/** What the profile declares, as against what a probe found. */
import type { Profile, SubjectContext } from '../../harness/index.ts';

/** Whether a member of the profile was declared by the vendor. */
export const declares = (
  { profile }: Pick<SubjectContext, 'profile'>,
  name: keyof Profile,
): boolean => profile.source[name] === 'declared';

/**
 * The subject as rules see it: its profile, its registrations, and whose maps are not all alike.
 */
import type { Profile } from '../provider/profile.ts';
import type { RegistrationFacts } from '../trace/registration-facts.ts';
import type { Plan } from '../trace/plan.ts';

/**
 * What is known of the subject when verdicts are drawn.
 * @example
 * const servesUsers = ({ profile }: SubjectContext): boolean => profile.userUpdate === null;
 */
export type SubjectContext = {
  kind: 'in-process' | 'native' | 'recorded' | 'runtime';
  profile: Profile;
  /** Facts of the registrations for maps, as first seen. Empty before anything registered. */
  registrations: readonly RegistrationFacts[];
  revision: 'merged' | 'draft';
  /** Ids of an enum header given by the user; null = the bundled snapshot. */
  enumHeader: { ids: Record<string, number>; file: string } | null;
  /** Profiles of the further map types that the module registers; absent: there are none. */
  others?: readonly Profile[];
};

/** The subject as a plan meets it: with the profile of the map type that the plan is about. */
export const subjectOf = (subject: SubjectContext, { conditions }: Plan): SubjectContext => {
  const type = conditions?.map_type;
  const profile = subject.others?.find(({ mapType }) => mapType === type);
  return type !== undefined && profile ? { ...subject, profile } : subject;
};

/**
 * A subject whose maps are not all alike: what is known of each, and what holds where no map is
 * meant.
 */
export type Subjects = { base: SubjectContext; maps: ReadonlyMap<string, SubjectContext> };

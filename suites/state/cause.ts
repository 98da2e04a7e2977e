/** What a lost call was found not to return with. */
import type { EventOf } from '../../harness/index.ts';

/** The bits of flags that a call was lost for; 0 where it was not for flags. */
export const flagsIn = ({ cause }: EventOf<'lost'>): number =>
  cause?.what === 'flags' ? cause.flags : 0;

/** Whether it was lost as well without a circumstance of this kind. */
export const isRuledOut = (
  { ruledOut }: EventOf<'lost'>,
  what: NonNullable<EventOf<'lost'>['ruledOut']>[number],
): boolean => ruledOut?.includes(what) ?? false;

/** Grounds of a claim: what a lost call was found not to return with. */
import type { EventOf } from '../harness/index.ts';

type Cause = NonNullable<EventOf<'lost'>['cause']>;

/** `cause` where the loss is known to come of a circumstance of this kind, for a claim of the rule about it. */
export const groundsIn = ({ cause }: EventOf<'lost'>, what: Cause['what']): 'cause' | undefined =>
  cause?.what === what ? 'cause' : undefined;

/** The bits of flags that a call was lost for; 0 where it was not for flags. */
export const flagsIn = ({ cause }: EventOf<'lost'>): number =>
  cause?.what === 'flags' ? cause.flags : 0;

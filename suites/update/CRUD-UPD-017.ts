/**
 * CRUD-UPD-017, a MUST NOT for the runtime.
 * Source: docs/CustomMaps.md#IRQL Restrictions; issue #5182, PR #5186
 */
import { PASSIVE_LEVEL, type Requirement, type Watch, irqlName } from '../../harness/index.ts';
import { levelMembers } from '../state/blind-spots.ts';
import { UPDATES } from '../state/element-call.ts';
import { updates } from './conditions.ts';

/** CRUD-UPD-017: users' updates are announced at PASSIVE_LEVEL, without locks. */
const watchUpdateIrql: Watch = (say, trace) => ({
  'callback-entered': (event) => {
    if (event.direct || event.callback !== UPDATES[0]) return;
    if (trace.operation(event.op)?.caller !== 'user') return;
    say.exercised();
    if (event.irql !== PASSIVE_LEVEL || event.locks > 0) {
      say.violated(
        event,
        "the update callback of a user's update runs at PASSIVE_LEVEL and under no lock",
        `it ran at ${irqlName(event.irql)} with ${event.locks} lock(s) held`,
      );
    }
  },
});

export const rule: Requirement = {
  id: 'CRUD-UPD-017',
  asks: 'For user callers the update callback never runs under a spin lock.',
  passing: "Every update callback of a user's update ran at PASSIVE_LEVEL.",
  look: "the runtime's update: is the provider called before the bucket lock is taken?",
  applies: updates,
  watch: watchUpdateIrql,
  blindSpots: { members: levelMembers },
};

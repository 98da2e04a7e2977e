/** What a provider registers, member by member. */
import type { EventOf, ProviderDataFacts, Verdicts, Watch } from '../../harness/index.ts';
import { effectiveMembers } from '../discovery/structure.ts';

type Registered = EventOf<'registered'>;

export const watchData =
  (judge: (say: Verdicts, data: ProviderDataFacts, event: Registered) => void): Watch =>
  (say) => ({
    registered: (event) => {
      if (!event.inert && event.facts.data) judge(say, event.facts.data, event);
    },
  });

/** Members that a table has as far as the runtime is concerned; shared with the runtime's rules. */
export const countedMembers = effectiveMembers;

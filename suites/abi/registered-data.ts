/** What a provider registers, member by member. */
import type { EventOf, ProviderDataFacts, Reporter, Watch } from '../../harness/index.ts';

type Registered = EventOf<'registered'>;

export const watchData =
  (judge: (say: Reporter, data: ProviderDataFacts, event: Registered) => void): Watch =>
  (say) => ({
    registered: (event) => {
      if (!event.inert && event.facts.data) judge(say, event.facts.data, event);
    },
  });

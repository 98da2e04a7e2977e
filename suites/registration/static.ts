/**
 * REG rules that a registration's structures alone decide: one monitor per rule, strength `static`.
 */

import type {
  EventOf,
  ProviderDataFacts,
  RegistrationFacts,
  TraceView,
  Reporter,
  Watch,
} from '../../harness/index.ts';

type Registered = EventOf<'registered'>;

/** Judges every registration for maps; those under other NPI ids are nobody's business here. */
export const watchFacts =
  (
    judge: (say: Reporter, facts: RegistrationFacts, event: Registered, trace: TraceView) => void,
  ): Watch =>
  (say, trace) => ({
    registered: (event) => {
      if (!event.inert) judge(say, event.facts, event, trace);
    },
  });

/** As watchFacts, where there is provider data to read. */
export const watchData = (
  judge: (say: Reporter, data: ProviderDataFacts, event: Registered) => void,
): Watch =>
  watchFacts((say, { data }, event) => {
    if (data) judge(say, data, event);
  });

export const fixed = (what: string, seen: number | null | undefined, due: number): string[] =>
  seen === due ? [] : [`${what} is ${seen ?? 'unreadable'}, not ${due}`];

/**
 * UNLOAD-007, a MUST for the provider.
 * Source: netioddk (NMR contract)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { pool } from '../state/blind-spots.ts';
import { amount, byMaker } from '../state/block-ledger.ts';
import { cleanup, detach } from './binding-ends.ts';

/** More bindings than were ever bound together, and a few more, may not stay in a cache. */
const cachedBindingsMax = 16;

/** UNLOAD-007: what an attach takes, its detach and cleanup give back. */
const watchBindingBalance: Watch = (say, trace) => {
  const bound = new Set<string>();
  const cleaned = new Set<string>();
  let peak = 0;
  const expected = 'detach and cleanup give back everything that the attach took';
  return {
    'binding-state': (event) => {
      if (event.state === 'attached') bound.add(event.binding);
      if (event.state === 'cleaned') {
        if (bound.delete(event.binding)) cleaned.add(event.binding);
      }
      peak = Math.max(peak, bound.size);
    },
    balance: (event) => {
      if (event.why === 'unloaded') say.exercised(cleaned.size);
      const left = [...byMaker(event.balance)].flatMap(([call, sum]) => {
        const made = trace.call(call);
        const isEnds = made && ['ProviderAttachClient', detach, cleanup].includes(made.callback);
        return isEnds && cleaned.has(made.binding ?? '') ? [{ made, sum }] : [];
      });
      const [first] = left;
      const owners = new Set(left.map(({ made }) => made.binding)).size;
      const grows = event.why === 'asked' && owners > peak + cachedBindingsMax;
      if (!first || (event.why !== 'unloaded' && !grows)) return;
      say.violated(
        event,
        expected,
        `${amount(first.sum)} of ${first.made.callback} of ${first.made.binding} still ` +
          `there${grows ? '' : ' after unload'}${owners > 1 ? `, and so on for ${owners} bindings` : ''}`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'UNLOAD-007',
  asks: 'Every attach is followed by one detach and cleanup that leave nothing behind.',
  passing: 'A hundred attaches and detaches left nothing, nor did any binding of a map.',
  look: 'ProviderCleanupBindingContext: what else did ProviderAttachClient allocate?',
  watch: watchBindingBalance,
  blindSpots: { ownServices: pool },
  underThreads: {
    exercisedBy: 'attach',
    brokenBy: { 'detach-failed': 'every attach is followed by exactly one successful detach' },
  },
};

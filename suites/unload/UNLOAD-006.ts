/**
 * UNLOAD-006, a MUST NOT for the provider.
 * Source: netioddk (NMR contract); sample_ext.c
 */
import type { CallbackEntered, Requirement, Watch } from '../../harness/index.ts';
import { endOfABinding } from '../state/blind-spots.ts';
import { ledgerOf } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';
import { cleanup, detach } from './binding-ends.ts';

const isBindings = (call: CallbackEntered | undefined): boolean =>
  call?.callback === 'ProviderAttachClient' || call?.callback === 'start';

/** UNLOAD-006: the binding context lives as long as it may be handed out, and ends once. */
const watchBindingContext: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const harmed = new Set<number>();
  return inOrder(handlers, {
    'binding-state': (event) => {
      if (event.state === 'cleaned') say.exercised();
    },
    misuse: (event) => {
      if (event.misuse !== 'free-twice' && event.misuse !== 'use-after-free') return;
      const callback = trace.call(event.call)?.callback;
      const atEnd = callback === detach || callback === cleanup;
      const mine =
        isBindings(ledger.maker(event.block)) ||
        (atEnd && ledger.maker(event.block)?.map === undefined);
      if (!mine) return;
      harmed.add(event.call);
      const freer = ledger.freer(event.block)?.callback ?? 'deferred work';
      say.violated(
        event,
        'the binding context is freed once, when no callback can get it any more',
        `memory of ${ledger.maker(event.block)?.callback ?? 'the provider'} was freed in ${freer}; ` +
          `in ${callback ?? 'no callback'}: ${event.detail}`,
      );
    },
    lost: (event) => {
      if (harmed.has(event.call) || event.callback === cleanup) {
        say.lost(event, `${event.callback} finds the binding context as it should be and returns`);
      }
    },
  });
};

export const rule: Requirement = {
  id: 'UNLOAD-006',
  asks: 'The binding context is freed exactly once, when the runtime can hand it to no callback any more.',
  passing:
    'Memory of attaches was neither touched after it was freed nor freed twice, over maps and bare clients.',
  look:
    'ProviderDetachClient and ProviderCleanupBindingContext: which of the two frees, and does ' +
    'a map still point there?',
  watch: watchBindingContext,
  owns: ['ProviderCleanupBindingContext'],
  blindSpots: { externalNmr: endOfABinding },
};

/**
 * REG-017, a MUST for the provider.
 * Source: netioddk (NMR contract); usersim src/nmr_impl.cpp:unbind_complete
 */
import { isNtSuccess } from '../../harness/abi/result.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { Clients } from './clients.ts';

/** Attaches after which a growing heap is no cache any more. */
const repetitions = 3;

/** REG-017: a refused attach leaves nothing behind. */
const watchRefusal: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const refused = new Set<number>();
  const gone = new Set<string>();
  const expected = 'a provider that refuses an attach releases everything that it allocated for it';
  return inOrder(clients.handlers, {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      if (!client || event.result === null) return;
      if (event.result === 'STATUS_SUCCESS') {
        // Who needs nothing of the client's structures may accept any: then there is nothing to
        // release.
        const { context: _, module_id: __, dispatch: ___, ...structural } = client.variant ?? {};
        if (Object.keys(structural).length > 0) say.exercised();
        return;
      }
      refused.add(event.call);
      gone.add(client.binding);
      say.exercised();
      if (!event.result.startsWith('not a result') && !isNtSuccess(event.result)) return;
      say.violated(
        event,
        'a refused attach is answered with a failure status',
        `it was answered with ${event.result}`,
      );
    },
    misuse: (event) => {
      const entered = trace.call(event.call);
      if (entered?.callback !== 'ProviderCleanupBindingContext' || !gone.has(entered.binding ?? ''))
        return;
      if (
        !['free-twice', 'use-after-free', 'free-foreign', 'bad-access', 'null-access'].includes(
          event.misuse,
        )
      )
        return;
      say.violated(
        event,
        'a refused attach leaves no binding context behind that cannot be cleaned up',
        `in the cleanup of the context that it had put out, ${event.detail}`,
      );
    },
    lost: (event) => {
      if (event.callback === 'ProviderAttachClient' && clients.short.has(event.call))
        say.lost(
          event,
          'an attach that finds no memory is refused or goes on without',
          'allocation',
        );
      const entered = trace.call(event.call);
      if (event.callback !== 'ProviderCleanupBindingContext' || !gone.has(entered?.binding ?? ''))
        return;
      say.lost(
        event,
        'a refused attach leaves no binding context behind that cannot be cleaned up',
      );
    },
    balance: (event) => {
      const left = event.balance.blocks.filter((block) => refused.has(block.call));
      const calls = new Set(left.map((block) => block.call));
      const [first] = left;
      if (!first) return;
      if (event.why === 'unloaded') {
        say.violated(
          event,
          expected,
          `${first.block} (${first.size} bytes), allocated in a refused attach, is still alive after unload`,
        );
      } else if (calls.size >= repetitions) {
        say.violated(
          event,
          expected,
          `${calls.size} refused attaches each left memory alive, ${first.block} (${first.size} bytes) among it`,
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'REG-017',
  asks:
    'A refused attach is answered with a failure status, releases all that was allocated ' +
    'for it and leaves no usable binding context.',
  passing:
    'Attaches with bad client data were offered; where they were refused, memory balanced, and ' +
    'the cleanup of a context that was put out all the same did no harm.',
  look: 'The error paths of ProviderAttachClient.',
  watch: watchRefusal,
  isSwept: true,
  blindSpots: {
    externalNmr:
      'an external NMR hides whether a refused attach left a binding context, and cleans it up itself',
  },
};

/** Monitors of what a provider does over time: its structures, refused attaches, a life without clients. */
import type { Watch } from '../../harness/index.ts';
import { isNtSuccess } from '../../harness/abi/result.ts';
import { together } from '../together.ts';
import { Clients } from './clients.ts';

/** REG-003: the three structures can be read and stay as they are until deregistration completes. */
export const watchStructures: Watch = (say) => {
  const live = new Set<string>();
  return {
    registered: (event) => {
      if (event.inert) return;
      if (event.status === 'STATUS_SUCCESS') live.add(event.registration);
      say.exercised();
      const { data, unreadable } = event.facts;
      if (data && !unreadable) return;
      say.violated(
        event,
        'NpiSpecificCharacteristics points to a readable ebpf_map_provider_data_t',
        unreadable ?? 'it is NULL',
      );
    },
    // The registrar reads the structures anew at every attach and at deregistration.
    'callback-entered': (event) => {
      if (event.callback === 'ProviderAttachClient' && live.has(event.registration ?? ''))
        say.exercised();
    },
    'registration-changed': (event) => {
      const paths = event.paths.filter((path) => path === 'data' || path.startsWith('data.'));
      if (!live.has(event.registration) || (paths.length === 0 && !event.unreadable)) return;
      say.violated(
        event,
        'provider data, properties and dispatch table stay valid and unchanged until deregistration completes',
        event.unreadable ?? `${paths.map(nameOf).join(', ')} changed (seen at ${event.when})`,
      );
    },
    deregistered: ({ registration }) => void live.delete(registration),
  };
};

const nameOf = (path: string): string =>
  path
    .replace(/^data\.base_provider_table\.functions\./, 'the function in ')
    .replace(/^data\./, '')
    .replace(/^data$/, 'the provider data');

/** Attaches after which a growing heap is no cache any more. */
const repetitions = 3;

/** REG-017: a refused attach leaves nothing behind. */
export const watchRefusal: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const refused = new Set<number>();
  const gone = new Set<string>();
  const expected = 'a provider that refuses an attach releases everything that it allocated for it';
  return together(clients.handlers, {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      if (!client || event.result === null) return;
      if (event.result === 'STATUS_SUCCESS') {
        // Who needs nothing of the client's structures may accept any: then there is nothing to release.
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

/**
 * A module that is stopped before any client came stops all the same (REG-018, DUP-003). `counts`
 * says which runs count.
 */
export const watchUnattached =
  (counts: (seen: { others: number }) => boolean, expected: string): Watch =>
  (say, trace) => {
    let attached = false;
    let others = 0;
    let startCall = 0;
    const live = new Set<string>();
    const isDue = (): boolean => !attached && startCall > 0 && counts({ others });
    return {
      'callback-entered': (event) => {
        if (event.callback === 'ProviderAttachClient') attached = true;
        if (event.callback === 'start') startCall = event.call;
      },
      'operation-ended': ({ operation }) => {
        if (operation.op === 'register_other') others += 1;
      },
      registered: (event) => {
        if (!event.inert && event.status === 'STATUS_SUCCESS') live.add(event.registration);
      },
      deregistered: ({ registration }) => void live.delete(registration),
      misuse: (event) => {
        if (!isDue() || trace.call(event.call)?.callback !== 'stop') return;
        if (event.misuse === 'wait-bad-handle' || event.misuse === 'deregister-bad-handle') {
          say.violated(event, expected, event.detail);
        }
      },
      module: (event) => {
        if (event.what !== 'stopped' || !isDue()) return;
        say.exercised();
        const [left] = live;
        if (left)
          say.violated(event, expected, `${left} is still registered when stop has returned`);
      },
      lost: (event) => {
        if (isDue() && event.callback === 'stop') say.lost(event, expected);
      },
      balance: (event) => {
        if (event.why !== 'unloaded' || !isDue()) return;
        const [block] = event.balance.blocks;
        if (block) {
          say.violated(
            event,
            expected,
            `${block.block} (${block.size} bytes) is still alive after a life without clients`,
          );
        }
      },
    };
  };

/** REG-018. */
export const watchNeverAttached = watchUnattached(
  () => true,
  'a provider that no client ever attached to is stopped cleanly and promptly',
);

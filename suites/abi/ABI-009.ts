/**
 * ABI-009, a MUST NOT for the provider.
 * Source: netioddk (NMR contract); all known providers copy
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { Clients } from '../registration/clients.ts';
import { inOrder } from '../state/in-order.ts';

/** ABI-009: after the cleanup the client's structures are gone. */
const watchAfterCleanup: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const accepted = new Set<string>();
  const expected = "the client's table and data are not used after the binding's cleanup";
  return inOrder(clients.handlers, {
    'binding-state': (event: EventOf<'binding-state'>) => {
      if (event.state === 'attached') accepted.add(event.binding);
      if (event.state === 'cleaned' && accepted.has(event.binding)) say.exercised();
    },
    misuse: (event) => {
      if (event.misuse !== 'service-after-cleanup') return;
      // A copy of the table may serve while any binding lives: the functions are the runtime's.
      if (clients.live.size > 0) return;
      say.violated(event, expected, event.detail);
    },
    'callback-returned': (event) => {
      const read = event.damage.find(
        (one) =>
          one.what === 'kept' && (one.buffer === 'client_table' || one.buffer === 'client_data'),
      );
      if (!read) return;
      const what = read.buffer === 'client_table' ? 'client table' : 'client data';
      say.violated(
        event,
        expected,
        `the ${what} of an earlier binding was read (seen in ${event.callback})`,
      );
    },
    lost: (event) => {
      const late =
        clients.live.size === 0 && accepted.size > 0 && event.callback === 'deferred work';
      if (late && /client[_ ](table|data)/.test(`${event.detail} ${event.during ?? ''}`))
        say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'ABI-009',
  asks: "The client's table and data are not used after the binding's cleanup.",
  passing:
    'After each cleanup the structures were poisoned and deferred work ran; nothing of them was read or called.',
  look:
    'Work items and timers that outlive the binding; copy the table at attach and wait ' +
    'for deferred work in detach.',
  watch: watchAfterCleanup,
  underThreads: {
    brokenBy: {
      'table-after-cleanup':
        "the client table of a binding is not used after the binding's cleanup",
    },
  },
};

/**
 * ABI-005, a MUST NOT for the provider.
 * Source: docs/eBpfExtensions.md#2.2;
 * sample_ext.c:_sample_ebpf_extension_map_provider_attach_client
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { Clients } from '../registration/clients.ts';
import { inOrder } from '../state/in-order.ts';
import { SUCCESS, clientOf, isLarger, isTruncated, ofMemory } from './client-variants.ts';

/**
 * ABI-005: a table of exactly 80 bytes, with nothing readable behind it; and one that is larger
 * than any provider knows, of which no more is to be copied than there is room for.
 */
const watchTableBounds: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const expected = "nothing is read beyond the declared length of the client's structures";
  const fitting =
    "no more of the client's structures is copied than the smaller of their length and the provider's own sizeof";
  const isShownMore = (call: number | undefined): boolean => {
    const client = clients.byCall.get(call ?? 0);
    return client !== undefined && isLarger(client, trace);
  };
  const ofClient = (call: number): 'client' | 'condition' =>
    clients.byCall.get(call)?.variant ? 'client' : 'condition';
  return inOrder(clients.handlers, {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      const mine = clientOf(clients, trace, event.call);
      if (isTruncated(mine)) return;
      if (client && event.result === SUCCESS) say.exercised();
      const touched = event.damage.find(
        (one) =>
          one.what === 'touched' && (one.buffer === 'client_table' || one.buffer === 'client_data'),
      );
      if (!touched || touched.what !== 'touched') return;
      const what = touched.buffer === 'client_table' ? 'client table' : 'client data';
      say.violated(
        event,
        expected,
        `offset ${touched.offset} of the ${what} was read, which ends before it`,
      );
    },
    misuse: (event) => {
      if (event.misuse !== 'out-of-bounds') return;
      if (!isShownMore(event.owner) && !isShownMore(event.call)) return;
      say.violated(
        event,
        fitting,
        `${event.detail}, with client structures of more than their usual size`,
      );
    },
    lost: (event) => {
      if (isShownMore(event.call) && ofMemory(event))
        say.lost(event, fitting, ofClient(event.call));
      const named = /client[_ ](table|data)/.test(`${event.detail} ${event.during ?? ''}`);
      if (named && !isTruncated(clientOf(clients, trace, event.call))) say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'ABI-005',
  asks: "The client's table and data are read up to their declared length and no further.",
  passing:
    'Attached to client structures that end exactly where their headers say, the ' +
    'provider touched nothing behind them.',
  look: 'The copy of the client table: the smaller of the own sizeof and the declared size.',
  watch: watchTableBounds,
};

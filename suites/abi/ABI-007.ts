/**
 * ABI-007, a SHOULD for the provider.
 * Source: docs/eBpfExtensions.md#2.2
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { Clients } from '../registration/clients.ts';
import { inOrder } from '../state/in-order.ts';
import { SUCCESS, isLarger, isPadded, ofMemory } from './client-variants.ts';

/** ABI-007: structures with appended members. */
const watchAppended: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const expected =
    'client data or a client table that is larger than known, of version 1, is accepted';
  return inOrder(clients.handlers, {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      if (!client || !isLarger(client, trace) || clients.short.has(event.call)) return;
      if (isPadded(client.variant)) return;
      say.exercised();
      if (event.result === SUCCESS) return;
      const { facts } = client;
      say.violated(
        event,
        expected,
        `an attach with client data of ${facts?.data?.size ?? 0} bytes and a table of ${facts?.table?.size ?? 0} ` +
          `was answered with ${event.result ?? 'nothing'}`,
      );
    },
    lost: (event) => {
      const client = clients.byCall.get(event.call);
      if (client && isLarger(client, trace) && !ofMemory(event))
        say.lost(event, expected, client.variant ? 'client' : 'condition');
    },
  });
};

export const rule: Requirement = {
  id: 'ABI-007',
  asks:
    'Client data or a client table that is larger than known, of version 1, is accepted: ' +
    'members are only ever appended.',
  passing: 'Attaches with eight more bytes in either structure were accepted.',
  look: 'Comparisons of header.size with ==: they should be >=.',
  watch: watchAppended,
};

/**
 * ABI-008, a SHOULD NOT for the provider.
 * Source: docs/eBpfExtensions.md#2.2 (version change = breaking)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { type Client, Clients } from '../registration/clients.ts';
import { inOrder } from '../state/in-order.ts';
import { clientOf } from './client-variants.ts';

const isUnknownVersion = (client: Client | undefined): client is Client =>
  client !== undefined &&
  client.variant !== null &&
  ((client.variant.data_version ?? 1) > 1 || (client.variant.table_version ?? 1) > 1);

/**
 * ABI-008: structures of a version that does not exist yet. To accept such an attach is no use of
 * them: a provider that ignores the version is only caught if it uses what it was shown. A call
 * through the table is use, and so is a crash.
 */
const watchUnknownVersion: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const expected =
    'an attach whose client data or table carries an unknown version is refused, or nothing in them is used';
  const isUnknown = (call: number): boolean =>
    isUnknownVersion(clients.byCall.get(call) ?? clientOf(clients, trace, call));
  return inOrder(clients.handlers, {
    'callback-returned': (event) => {
      if (isUnknownVersion(clients.byCall.get(event.call))) say.exercised();
    },
    service: (event) => {
      if (!isUnknown(event.call)) return;
      const where = trace.call(event.call)?.callback ?? 'no callback';
      const saw = `${where} called ${event.name} of a client whose structures are of version 2`;
      say.violated(event, expected, saw);
    },
    lost: (event) => {
      if (isUnknown(event.call)) say.lost(event, expected, 'client');
    },
  });
};

export const rule: Requirement = {
  id: 'ABI-008',
  asks: 'Client structures of an unknown version are not used; the attach is refused.',
  passing: 'Attaches with version 2 in either structure were refused, or nothing shown was used.',
  look: 'ProviderAttachClient: check header.version of client data and of client table.',
  watch: watchUnknownVersion,
};

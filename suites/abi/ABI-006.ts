/**
 * ABI-006, a SHOULD for the provider.
 * Source: docs/eBpfExtensions.md#2.2.1
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { Clients } from '../registration/clients.ts';
import { inOrder } from '../state/in-order.ts';
import { clientOf, isTruncated } from './client-variants.ts';

/**
 * ABI-006: a table that lacks members that the provider needs. A client of an NPI that defines no
 * characteristics shows NULL for them (Microsoft, NPI_REGISTRATION_INSTANCE, netioddk.h); one that
 * takes this NPI for such shows no table, which lacks all.
 */
const watchShortTable: Watch = (say, trace) => {
  const clients = new Clients(trace);
  let truncated = false;
  return inOrder(clients.handlers, {
    'callback-returned': (event) => {
      if (isTruncated(clients.byCall.get(event.call))) {
        truncated = true;
        say.exercised();
      }
    },
    lost: (event) => {
      const client = clientOf(clients, trace, event.call);
      if (!isTruncated(client) && !(truncated && client === undefined)) return;
      say.lost(
        event,
        'an attach with a client table that lacks members, or with no table at all, is refused, ' +
          'or the missing members are never called',
        'client',
      );
    },
  });
};

export const rule: Requirement = {
  id: 'ABI-006',
  asks:
    'With a client table shorter than the members it needs, a provider refuses the ' +
    'attach or never calls what is missing.',
  passing:
    'With the table cut after each member, and with no client data at all, the provider refused ' +
    'or did without.',
  look:
    'ProviderAttachClient: check that there is client data, and header.size of the client table ' +
    'against the last member used.',
  watch: watchShortTable,
};

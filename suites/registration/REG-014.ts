/**
 * REG-014, a MUST for the provider.
 * Source: docs/CustomMaps.md#Client Data (provided by eBPF core);
 * libs/execution_context/ebpf_maps.c:NmrClientAttachProvider(..., NULL, ...)
 */
import type { Requirement } from '../../harness/index.ts';
import { watchDifference } from './attach.ts';

/** REG-014: ClientDispatch is NULL, and that makes no difference. */
const watchClientDispatch = watchDifference(
  (variant) => variant.dispatch === 'table',
  'the services are taken from NpiSpecificCharacteristics of the client registration; ClientDispatch is NULL',
  '% a table as ClientDispatch',
);

export const rule: Requirement = {
  id: 'REG-014',
  asks: "The runtime's services are taken from NpiSpecificCharacteristics of the client; ClientDispatch is NULL.",
  passing:
    'What worked for a client that shows a table as ClientDispatch worked for one that shows NULL.',
  look:
    'ProviderAttachClient: the client table is base_client_table of the client data, not ' +
    'the ClientDispatch argument.',
  watch: watchClientDispatch,
};

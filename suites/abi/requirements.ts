/** ABI: layouts, versions and sizes, on the provider's side and on the runtime's. */
import type { Requirement } from '../../harness/index.ts';
import { byData, when } from '../applies.ts';
import { OLD_TABLE_SIZE, isMapRegistration } from '../discovery/structure.ts';
import {
  watchAfterCleanup,
  watchAppended,
  watchShortTable,
  watchTableBounds,
  watchUnknownVersion,
} from './monitors-client.ts';
import {
  watchOldTable,
  watchProposal,
  watchSignatures,
  watchSizes,
  watchTotals,
  watchVersions,
} from './monitors-layout.ts';
import {
  watchClientStructures,
  watchOldTableAccepted,
  watchReadsWithin,
  watchUnknownLayouts,
  watchUnmodified,
} from './monitors-runtime.ts';

const hasOldTable = byData(
  ({ registrations }) =>
    registrations.some(
      (facts) =>
        isMapRegistration(facts) &&
        facts.data?.base_provider_table?.header?.size === OLD_TABLE_SIZE,
    ),
  'the dispatch table does not have header.size 72',
);

export const requirements: readonly Requirement[] = [
  {
    id: 'ABI-001',
    asks: 'Every versioned structure starts with ebpf_extension_header_t and carries version 1.',
    passing:
      'The headers of provider data, properties and dispatch table were read at registration.',
    look: 'The initialisers of the headers; a zeroed header has version 0.',
    watch: watchVersions,
    strength: 'static',
  },
  {
    id: 'ABI-002',
    asks:
      'header.size is the size without tail padding: 48 for provider data, 25 for ' +
      'properties, 80 (or 72) for the dispatch table.',
    passing: 'The three sizes were read at registration.',
    look: 'Use the _SIZE macros of the header, not sizeof: sizeof of the properties is 32.',
    watch: watchSizes,
    strength: 'static',
  },
  {
    id: 'ABI-003',
    asks: 'header.total_size is sizeof with padding: 48, 32, and 80 (or 72). The runtime does not check it.',
    passing: 'The three sizes were read at registration.',
    look: 'The total_size members of the headers.',
    watch: watchTotals,
    strength: 'static',
  },
  {
    id: 'ABI-004',
    asks: 'With a dispatch table of header.size 72, a pointer at offset 72 is ignored.',
    passing: 'The provider does not need the callback that lies beyond its table.',
    look: 'header.size of the dispatch table: 80 when postprocess_map_delete_element is used.',
    applies: when(hasOldTable),
    watch: watchOldTable,
    strength: 'static',
  },
  {
    id: 'ABI-005',
    asks: "The client's table and data are read up to their declared length and no further.",
    passing:
      'Attached to client structures that end exactly where their headers say, the ' +
      'provider touched nothing behind them.',
    look: 'The copy of the client table: the smaller of the own sizeof and the declared size.',
    watch: watchTableBounds,
  },
  {
    id: 'ABI-006',
    asks:
      'With a client table shorter than the members it needs, a provider refuses the ' +
      'attach or never calls what is missing.',
    passing: 'With the table cut after each member, the provider refused or did without.',
    look: 'ProviderAttachClient: check header.size of the client table against the last member used.',
    watch: watchShortTable,
  },
  {
    id: 'ABI-007',
    asks:
      'Client data or a client table that is larger than known, of version 1, is accepted: ' +
      'members are only ever appended.',
    passing: 'Attaches with eight more bytes in either structure were accepted.',
    look: 'Comparisons of header.size with ==: they should be >=.',
    watch: watchAppended,
  },
  {
    id: 'ABI-008',
    asks: 'Client structures of an unknown version are not used; the attach is refused.',
    passing: 'Attaches with version 2 in either structure were refused, or nothing shown was used.',
    look: 'ProviderAttachClient: check header.version of client data and of client table.',
    watch: watchUnknownVersion,
  },
  {
    id: 'ABI-009',
    asks: "The client's table and data are not used after the binding's cleanup.",
    passing:
      'After each cleanup the structures were poisoned and deferred work ran; nothing of them was read or called.',
    look:
      'Work items and timers that outlive the binding; copy the table at attach and wait ' +
      'for deferred work in detach.',
    watch: watchAfterCleanup,
  },
  {
    id: 'ABI-010',
    asks:
      'The runtime shows client data of version 1, size 40, and a client table of version ' +
      '1, size 80, with seven functions. Larger is fine.',
    passing: 'Providers inspected the structures at every attach.',
    look: 'The initialisers of the client data and table.',
    watch: watchClientStructures,
  },
  {
    id: 'ABI-011',
    asks: 'The runtime accepts a 72-byte dispatch table and takes postprocess_map_delete_element for NULL.',
    passing:
      'A provider with such a table, and something behind it, was bound; what lies behind was never called.',
    look: 'The copy of the dispatch table: header.size bytes into a zeroed structure.',
    watch: watchOldTableAccepted,
  },
  {
    id: 'ABI-012',
    asks: 'The runtime does not read past header.size of properties and dispatch table.',
    passing: 'Providers whose structures end at header.size saw no read behind them.',
    look: 'The copy of the dispatch table and of the properties: the smaller of sizeof and header.size.',
    watch: watchReadsWithin,
  },
  {
    id: 'ABI-013',
    asks: 'The runtime refuses unknown versions and sizes instead of binding partially.',
    passing: 'Providers with version 2, and with sizes of no published header, were not bound.',
    look: 'The validation of headers: a size that is not known is refused, a larger one too.',
    watch: watchUnknownLayouts,
  },
  {
    id: 'ABI-014',
    asks: "The runtime does not modify the provider's structures.",
    passing: 'Structures in read-only memory, or read again after every step, stayed the same.',
    look: 'Code that fills in defaults: it must work on the copy.',
    watch: watchUnmodified,
  },
  {
    id: 'ABI-015',
    asks:
      'Callbacks have exactly the signatures of the header: nine arguments for find and ' +
      'update, seven for create and delete, size_t of eight bytes, flags of 32 bits.',
    passing:
      'Every callback was called with arguments that differ in all positions and answered with a result of the enum.',
    look: 'The prototypes of the callbacks; assign them without a cast, so that the compiler checks them.',
    watch: watchSignatures,
  },
  {
    id: 'ABI-016',
    asks:
      'A provider does not need members that only the version-2 proposal has (mutation, ' +
      'activate, rejectable delete).',
    passing: 'Against a runtime of version 1 maps were created and values accepted.',
    look: 'State that only preprocess_map_activate or a mutation callback sets up.',
    watch: watchProposal,
  },
];

/**
 * ABI-011, a MUST for the runtime.
 * Source: include/ebpf_extension.h:_ebpf_map_provider_dispatch_table; docs/eBpfExtensions.md#2.7
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { isEligible, watchCreations } from '../discovery/creation.ts';
import { OLD_TABLE_SIZE } from '../discovery/structure.ts';
import { inOrder } from '../state/in-order.ts';

/** ABI-011. */
const watchOldTableAccepted: Watch = (say, trace) => {
  const old = new Set<string>();
  return inOrder(
    watchCreations(trace, {
      ended: (creation) => {
        const right = creation.offers.filter((offer) => isEligible(offer, creation.map_type));
        const [first] = right;
        if (
          creation.unsettled ||
          !first ||
          first.own ||
          first.facts.data?.base_provider_table?.header?.size !== OLD_TABLE_SIZE
        )
          return;
        say.exercised();
        if (creation.attaches.some((attach) => attach.registration === first.registration)) return;
        say.violated(
          creation,
          'a provider with a 72-byte dispatch table is bound like any other',
          `the creation was answered with ${creation.result} and ${first.registration} was not asked to attach`,
        );
      },
    }),
    {
      registered: (event) => {
        const size = event.facts.data?.base_provider_table?.header?.size;
        if (!event.inert && size === OLD_TABLE_SIZE) old.add(event.registration);
      },
      'callback-entered': (event) => {
        if (
          event.callback !== 'postprocess_map_delete_element' ||
          !old.has(event.registration ?? '')
        )
          return;
        say.violated(
          event,
          'postprocess_map_delete_element counts as NULL when the table has 72 bytes',
          'it was called all the same',
        );
      },
    },
  );
};

export const rule: Requirement = {
  id: 'ABI-011',
  asks: 'The runtime accepts a 72-byte dispatch table and takes postprocess_map_delete_element for NULL.',
  passing:
    'A provider with such a table, and something behind it, was bound; what lies behind was never called.',
  look: 'The copy of the dispatch table: header.size bytes into a zeroed structure.',
  watch: watchOldTableAccepted,
};

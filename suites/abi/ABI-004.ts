/**
 * ABI-004, a MUST for the provider.
 * Source: include/ebpf_extension.h:_ebpf_map_provider_dispatch_table comment;
 * docs/eBpfExtensions.md#2.7
 */
import type { Requirement } from '../../harness/index.ts';
import { byData, when } from '../state/applies.ts';
import { OLD_TABLE_SIZE, isMapRegistration, missingCrud } from '../discovery/structure.ts';
import { watchData } from './registered-data.ts';

/**
 * ABI-004: what lies behind a 72-byte table is nobody's; only a provider that needs it is wrong.
 */
const watchOldTable = watchData((say, data, event) => {
  const table = data.base_provider_table;
  if (table?.header?.size !== OLD_TABLE_SIZE) return;
  say.exercised();
  const counts =
    table.members.includes('postprocess_map_delete_element') &&
    data.base_properties?.updates_original_value;
  if (!counts || !missingCrud(data).includes('a delete callback')) return;
  say.violated(
    event,
    'with header.size 72, postprocess_map_delete_element is beyond the table and ignored',
    'it is the only delete callback of a provider that needs one',
  );
});

const hasOldTable = byData(
  ({ registrations }) =>
    registrations.some(
      (facts) =>
        isMapRegistration(facts) &&
        facts.data?.base_provider_table?.header?.size === OLD_TABLE_SIZE,
    ),
  'the dispatch table does not have header.size 72',
);

export const rule: Requirement = {
  id: 'ABI-004',
  asks: 'With a dispatch table of header.size 72, a pointer at offset 72 is ignored.',
  passing: 'The provider does not need the callback that lies beyond its table.',
  look: 'header.size of the dispatch table: 80 when postprocess_map_delete_element is used.',
  applies: when(hasOldTable),
  watch: watchOldTable,
  strength: 'static',
};

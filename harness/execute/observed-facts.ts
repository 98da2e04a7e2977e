/** What single records of the observing provider say, in the words of trace events. */
import { CLIENT_FUNCTIONS, type CallbackName } from '../abi/callbacks.ts';
import { LAYOUTS } from '../abi/layout.ts';
import type { ObserverRecord } from '../adapters/observer-layout.ts';
import type { CallbackEntered, EventOf } from '../trace/event.ts';
import { toHex } from '../trace/recorder.ts';

/** The provider's structures by number, with the name of their layout. */
export const structures = [
  ['provider data', 'ebpf_map_provider_data_t'],
  ['base_properties', 'ebpf_base_map_provider_properties_t'],
  ['base_provider_table', 'ebpf_base_map_provider_dispatch_table_t'],
] as const;

/**
 * Protected by the runtime's own epoch; where not even one of the provider's own protects,
 * reclamation is at fault.
 */
export const isInEpoch = (record: ObserverRecord): boolean =>
  // Neither the runtime's word nor what becomes of freed memory is enough alone: one may be wrong,
  // the other late.
  record.in_epoch !== 0 && isProtected(record);

const isProtected = (record: ObserverRecord): boolean =>
  record.epoch_tried === 0 ||
  record.epoch_failed > 0 ||
  record.epoch_survived !== 0 ||
  record.epoch_held === 0;

/** How the client presented itself at attach. */
export const clientOf = (record: ObserverRecord): NonNullable<CallbackEntered['client']> => ({
  data: { version: record.data_version, size: record.data_bytes, total_size: record.data_total },
  table: {
    version: record.table_version,
    size: record.table_bytes,
    total_size: record.table_total,
  },
  dispatch_null: record.has_dispatch === 0,
  members: CLIENT_FUNCTIONS.filter((_name, index) => (record.table_members & (1 << index)) !== 0),
  map_context_offset: record.map_context_offset,
});

/** Arguments that all element callbacks have. */
export const elementFacts = (record: ObserverRecord): Partial<CallbackEntered> => ({
  key: record.key && toHex(record.key),
  key_size: record.key_size,
  value: record.in_value && toHex(record.in_value),
  value_size: record.in_size,
  flags: record.flags,
});

/** What out_value held on entry. */
export const fillOf = (record: ObserverRecord): Partial<CallbackEntered> =>
  record.out_before?.length ? { fill: record.out_before[0]! } : {};

/** The member in which an offset lies, or what lies behind the last. */
export const memberAt = (structure: number, offset: number): string => {
  const name = structures[structure]?.[1];
  if (name === undefined) return `offset ${offset}`;
  const fields = Object.entries(LAYOUTS[name].fields).sort(([, left], [, right]) => right - left);
  return fields.find(([, from]) => from <= offset)?.[0] ?? `offset ${offset}`;
};

/** What has become of a binding when the registrar's call came back. */
export const stateAfter = (
  callback: CallbackName,
  result: string | null,
): EventOf<'binding-state'>['state'] => {
  if (callback === 'ProviderAttachClient') {
    return result === 'STATUS_SUCCESS' ? 'attached' : 'refused';
  }
  if (callback !== 'ProviderDetachClient') return 'cleaned';
  return result === 'STATUS_PENDING' ? 'detach-pending' : 'detached';
};

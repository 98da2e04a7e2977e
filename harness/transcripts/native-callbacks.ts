/** Records of the observing provider in C, in the recorder's words. */
import { DISPATCH_CALLBACKS, type DispatchCallback } from '../abi/callbacks.ts';
import { readStatus } from '../abi/result.ts';
import {
  FOREIGN,
  OPERATION_KINDS,
  RECORD_KINDS,
  type ObserverRecord,
} from '../adapters/observer-layout.ts';
import { toHex } from '../trace/recorder.ts';
import { resultName } from './native-provider.ts';
import type { ProviderConfig } from './provider-behaviour.ts';
import type { ObservedCallback } from './transcript.ts';

/** What the recorder knows beside the record. */
export type Around = {
  config: ProviderConfig;
  /** value_size of the map that the record is about. */
  value_size: number | undefined;
  /** The step is a creation: what it undoes runs in its epoch. */
  isCreating: boolean;
};

const attachName = '<nmr attach_client>';
const detachName = '<nmr detach_client>';
const nmrNames = [attachName, detachName, '<nmr cleanup_binding>'];

const bindingName = (record: ObserverRecord): string | null =>
  record.binding === 0 ? null : `b${record.binding}`;

/** Locks, level and epoch; as recorded the level follows from the locks held, for programs too. */
const surroundings = (record: ObserverRecord): Partial<ObservedCallback> => ({
  irql: record.locks === 0 ? 'PASSIVE' : 'DISPATCH',
  locks_held: record.locks,
  in_epoch: isInEpoch(record),
});

/** As the runtime says; one that does not say so shows it by what becomes of memory freed there. */
const isInEpoch = (record: ObserverRecord): boolean =>
  record.in_epoch === FOREIGN
    ? record.epoch_tried === 0 || record.epoch_survived !== 0
    : record.in_epoch !== 0;

const operationNames = Object.fromEntries(
  Object.entries(OPERATION_KINDS).map(([name, kind]) => [kind, name]),
);
const elementNames: Readonly<Record<string, string>> = {
  preprocess_map_update_element: 'update',
  postprocess_map_find_element: 'find',
};

/** What a callback carried out itself, `from` the callback that it names. */
export const recordedReentry = (
  record: ObserverRecord,
  from: ObserverRecord | undefined,
): ObservedCallback => {
  const inside = elementNames[DISPATCH_CALLBACKS[from?.callback ?? -1] ?? ''] ?? 'delete';
  const name = `<reentrant ${operationNames[record.callback]} from ${inside}>`;
  return { name, ret: resultName(record.result) };
};

/** A callback as recorded; null for records of something else. */
export const recordedCallback = (
  record: ObserverRecord,
  around: Around,
): ObservedCallback | null => {
  if (record.kind !== RECORD_KINDS.callback) return null;
  const nmr = nmrNames[record.callback - DISPATCH_CALLBACKS.length];
  if (nmr === attachName) return attached(record, around);
  if (nmr !== undefined) {
    const args = { provider: around.config.p, binding: bindingName(record) };
    const ret = nmr === detachName ? readStatus(record.result) : null;
    return { name: nmr, args, ret, ...surroundings(record), in_epoch: around.isCreating };
  }
  const name = DISPATCH_CALLBACKS[record.callback]!;
  return name === 'preprocess_map_create'
    ? created(record, around)
    : dispatched(record, name, around);
};

const attached = (record: ObserverRecord, { config }: Around): ObservedCallback => {
  const client_data = {
    version: record.data_version,
    size: record.data_bytes,
    total_size: record.data_total,
    table_version: record.table_version,
    table_size: record.table_bytes,
  };
  const client_dispatch = record.has_dispatch === 0 ? null : 'not NULL';
  const untouched = config['bctx'] === 'null' ? null : 'unset';
  return {
    name: attachName,
    args: { provider: config.p, client_dispatch, client_data },
    ret: readStatus(record.result),
    wrote: { binding: record.wrote_context === 0 ? untouched : bindingName(record) },
    ...surroundings(record),
  };
};

const created = (record: ObserverRecord, { config }: Around): ObservedCallback => {
  const args = {
    provider: config.p,
    binding: bindingName(record),
    map_type: record.map_type,
    key_size: record.map_key_size,
    value_size: record.map_value_size,
    max_entries: record.max_entries,
  };
  const context = record.made === 0 ? null : `c${record.made}`;
  const wrote = {
    actual_value_size: record.actual_value_size === FOREIGN ? 'unset' : record.actual_value_size,
    map_context: record.wrote_context === 0 ? 'unset' : context,
  };
  const ret = resultName(record.result);
  return { name: 'preprocess_map_create', args, ret, wrote, ...surroundings(record) };
};

const dispatched = (
  record: ObserverRecord,
  name: DispatchCallback,
  around: Around,
): ObservedCallback => {
  const args = {
    provider: around.config.p,
    binding: bindingName(record),
    map_context: record.context === 0 ? null : `c${record.context}`,
  };
  const key = record.key && toHex(record.key);
  const value = record.in_value && toHex(record.in_value);
  const { key_size, in_size, flags } = record;
  const where = surroundings(record);
  const ret = resultName(record.result);
  switch (name) {
    case 'postprocess_map_delete':
      return { name, args, ret: null, ...where };
    case 'preprocess_associate_program_type':
      return { name, args: { ...args, program_type: toHex(record.program_type) }, ret, ...where };
    case 'preprocess_map_delete_element':
    case 'postprocess_map_delete_element': {
      const more = { key_size, key, value_size: in_size, value, flags };
      const isVoid = name === 'postprocess_map_delete_element';
      const lookup = lookupOf(record, around);
      return { name, args: { ...args, ...more }, ret: isVoid ? null : ret, lookup, ...where };
    }
    default: {
      const isFind = name === 'postprocess_map_find_element';
      const more = {
        key_size,
        key,
        in_value_size: in_size,
        in_value: value,
        out_value_size: record.out_size,
        out_value: record.out_before && (isFind ? 'buffer' : toHex(record.out_before)),
        flags,
      };
      const wrote = wroteOf(record, around, isFind);
      const lookup = lookupOf(record, around);
      return { name, args: { ...args, ...more }, ret, wrote, lookup, ...where };
    }
  }
};

const wroteOf = (record: ObserverRecord, { config }: Around, isFind: boolean): string | null => {
  const how = config[isFind ? 'find_write' : 'update_write'];
  const { out_after, out_size } = record;
  if (out_after === null || how === 'none') return null;
  return toHex(how === 'half' ? out_after.subarray(0, Math.floor(out_size / 2)) : out_after);
};

const lookupOf = (record: ObserverRecord, { value_size }: Around): ObservedCallback['lookup'] => {
  if (record.looked_up === 0) return null;
  const result = resultName(record.lookup_result);
  if (record.lookup === null) return { result };
  const value = toHex(record.lookup.subarray(0, value_size ?? record.lookup.length));
  return { result, value, is_argument_buffer: record.lookup_is_argument !== 0 };
};

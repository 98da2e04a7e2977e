/** What a record of the observing provider says of a callback as it was entered. */
import type { CallbackName } from '../abi/callbacks.ts';
import { guidFromBytes } from '../abi/guid.ts';
import type { ObserverRecord } from '../adapters/observer-layout.ts';
import type { CallbackEntered } from '../trace/event.ts';
import { clientOf, elementFacts, fillOf } from './observed-facts.ts';
import type { ObservedLabels } from './observed-labels.ts';

/** The operation that a record belongs to. */
export type Situation = {
  op: number;
  actor: number;
  process: number;
  program: boolean;
  map: string | undefined;
};

const cleanupFlag = 4;

/** Whom a callback was about: binding, context and map. */
export const contextFacts = (
  labels: ObservedLabels,
  record: ObserverRecord,
  callback: CallbackName,
  now: Situation,
): Partial<CallbackEntered> => {
  if (callback === 'ProviderAttachClient') {
    return { binding: labels.freshBinding(record.binding) };
  }
  const binding = labels.binding(record.binding);
  if (callback === 'ProviderDetachClient' || callback === 'ProviderCleanupBindingContext') {
    return { binding, context: labels.bindingContext(record.binding) };
  }
  if (callback === 'preprocess_map_create')
    return { binding, context: null, ...(now.map ? { map: now.map } : {}) };
  const own = labels.mapOf(record.context);
  const isEnd = callback === 'postprocess_map_delete' || (record.flags & cleanupFlag) !== 0;
  const map = isEnd ? (own ?? now.map) : (now.map ?? own);
  const context = labels.handedContext(record.context);
  return { binding, context, ...(map === undefined ? {} : { map }) };
};

/** What a callback was handed besides. */
export const argumentFacts = (
  labels: ObservedLabels,
  record: ObserverRecord,
  callback: CallbackName,
): Partial<CallbackEntered> => {
  switch (callback) {
    case 'ProviderAttachClient':
      return { client: clientOf(record) };
    case 'preprocess_map_create':
      return {
        map_type: record.map_type,
        create_key_size: record.map_key_size,
        create_value_size: record.map_value_size,
        max_entries: record.max_entries,
      };
    case 'preprocess_associate_program_type':
      return { program_type: guidFromBytes(record.program_type) };
    case 'postprocess_map_find_element':
    case 'preprocess_map_update_element':
      return { ...elementFacts(record), out_size: outSize(labels, record), ...fillOf(record) };
    case 'preprocess_map_delete_element':
    case 'postprocess_map_delete_element':
      return elementFacts(record);
    default:
      return {};
  }
};

/**
 * A transforming provider that gets no buffer gets nothing, whatever the size says; a plain one
 * must get size 0.
 */
const outSize = (labels: ObservedLabels, record: ObserverRecord): number | null => {
  if (record.out_before !== null) return record.out_size;
  return labels.transforms(record.provider) || record.out_size === 0 ? null : record.out_size;
};

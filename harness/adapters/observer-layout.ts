/**
 * The structures of custom_map_observer.h and custom_map_runtime.h as bytes: offsets follow from
 * the lists of members,
 * which stand here in the order of the headers.
 */

export const OBSERVED_BYTES = 64;
export const RESULTS_MAX = 15;
/**
 * CMC_FOREIGN: a pointer that the observer never handed out, bytes that were not there, or unknown.
 */
export const FOREIGN = 0xffff_ffff;
/** CMC_UNTOLD: nothing was shown yet that could tell. */
export const UNTOLD = 0xffff_fffe;

/** What a record is about. */
export const RECORD_KINDS = { callback: 1, operation: 2, fault: 3 } as const;
/** Operations of cmc_observer_together. */
export const OPERATION_KINDS = { find: 0, update: 1, delete: 2, lookup_and_delete: 3 } as const;
/** Operations of cmc_observer_meanwhile. */
export const STEP_KINDS = { register: 4, deregister: 5, create: 6 } as const;
/** Callbacks that can be waited in, as records number them. */
export const WAITING_CALLBACKS = { preprocess_map_create: 0, ProviderAttachClient: 7 } as const;

/** Single 32-bit members of cmc_observer_provider_t, in order; the lists of answers follow. */
export const PROVIDER_WORDS = [
  'map_type',
  'base_map_type',
  'updates_original_value',
  'members',
  'missing',
  'data_version',
  'data_size',
  'data_total',
  'properties_version',
  'properties_size',
  'properties_total',
  'table_version',
  'table_size',
  'table_total',
  'table_bytes',
  'protection',
  'other_interface',
  'has_no_cleanup',
  'context_on_refusal',
  'null_binding',
  'detach_pends',
  'create_context',
  'actual_mode',
  'actual_value_size',
  'update_write',
  'find_write',
  'probes',
  'pre_delete_everywhere',
  'reenter_find',
  'reenter_update',
  'reenter_delete',
  'reenter_key',
] as const;

/** Lists of answers, in order: a count and RESULTS_MAX results each. */
export const PROVIDER_ANSWERS = [
  'attach',
  'create',
  'associate',
  'find',
  'update',
  'pre_delete',
  'pre_delete_always',
] as const;

export const PROVIDER_BYTES =
  4 * (PROVIDER_WORDS.length + PROVIDER_ANSWERS.length * (RESULTS_MAX + 1));

export type ProviderWords = Record<(typeof PROVIDER_WORDS)[number], number>;
export type ProviderAnswers = Partial<Record<(typeof PROVIDER_ANSWERS)[number], readonly number[]>>;

/** A cmc_observer_provider_t, as bytes. */
export const encodeProvider = (words: ProviderWords, answers: ProviderAnswers): Uint8Array => {
  const bytes = new Uint8Array(PROVIDER_BYTES);
  const view = new DataView(bytes.buffer);
  PROVIDER_WORDS.forEach((name, index) => view.setUint32(4 * index, words[name] >>> 0, true));
  PROVIDER_ANSWERS.forEach((name, index) => {
    const at = 4 * (PROVIDER_WORDS.length + index * (RESULTS_MAX + 1));
    const list = (answers[name] ?? []).slice(0, RESULTS_MAX);
    view.setUint32(at, list.length, true);
    list.forEach((result, turn) => view.setUint32(at + 4 * (turn + 1), result >>> 0, true));
  });
  return bytes;
};

/** 64-bit members of cmc_observer_record_t, in order. */
export const RECORD_LONGS = [
  'key_size',
  'in_size',
  'out_size',
  'map_context_offset',
  'data_bytes',
  'data_total',
  'table_bytes',
  'table_total',
  'process',
  'made_map',
] as const;

/** Its 32-bit members, in order. */
export const RECORD_WORDS = [
  'kind',
  'entered',
  'returned',
  'callback',
  'provider',
  'binding',
  'context',
  'thread',
  'within',
  'irql',
  'locks',
  'result',
  'flags',
  'changed',
  'map_type',
  'map_key_size',
  'map_value_size',
  'max_entries',
  'actual_value_size',
  'made',
  'wrote_context',
  'data_version',
  'table_version',
  'table_members',
  'has_dispatch',
  'has_client_context',
  'has_interface',
  'module_length',
  'module_type',
  'key_length',
  'in_length',
  'out_length',
  'lookup_length',
  'looked_up',
  'lookup_result',
  'lookup_is_argument',
  'epoch_tried',
  'epoch_failed',
  'epoch_survived',
  'epoch_held',
  'option',
  'in_epoch',
  'reused',
] as const;

const programTypeBytes = 16;
const buffers = ['key', 'in_value', 'out_before', 'out_after', 'lookup'] as const;
const wordsAt = 8 * RECORD_LONGS.length;
const programTypeAt = wordsAt + 4 * RECORD_WORDS.length;
const buffersAt = programTypeAt + programTypeBytes;

/** A whole number of the longs that it begins with, as a C compiler lays it out. */
export const RECORD_BYTES = 8 * Math.ceil((buffersAt + OBSERVED_BYTES * buffers.length) / 8);

export type ObserverRecord = Record<(typeof RECORD_LONGS)[number], number> &
  Record<(typeof RECORD_WORDS)[number], number> & {
    /** Bytes kept, at most OBSERVED_BYTES; null where the pointer was NULL. */
    key: Uint8Array | null;
    in_value: Uint8Array | null;
    out_before: Uint8Array | null;
    out_after: Uint8Array | null;
    lookup: Uint8Array | null;
    program_type: Uint8Array;
  };

/** A cmc_observer_record_t. */
export const decodeRecord = (bytes: Uint8Array): ObserverRecord => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words: Record<string, number> = {};
  RECORD_LONGS.forEach((name, index) => (words[name] = Number(view.getBigUint64(8 * index, true))));
  RECORD_WORDS.forEach((name, index) => (words[name] = view.getUint32(wordsAt + 4 * index, true)));
  const kept = (name: (typeof buffers)[number], length: number): Uint8Array | null => {
    if (length === FOREIGN) return null;
    const from = buffersAt + OBSERVED_BYTES * buffers.indexOf(name);
    return bytes.slice(from, from + Math.min(length, OBSERVED_BYTES));
  };
  return {
    ...(words as Record<(typeof RECORD_LONGS)[number] | (typeof RECORD_WORDS)[number], number>),
    key: kept('key', words['key_length']!),
    in_value: kept('in_value', words['in_length']!),
    out_before: kept('out_before', words['out_length']!),
    out_after: kept('out_after', words['out_length']!),
    lookup: kept('lookup', words['lookup_length']!),
    program_type: bytes.slice(programTypeAt, buffersAt),
  };
};

/** Offsets in cmc_observer_record_t, for the test that compares them with the header. */
export const recordOffsets = (): Record<string, number> => ({
  ...Object.fromEntries(RECORD_LONGS.map((name, index) => [name, 8 * index])),
  ...Object.fromEntries(RECORD_WORDS.map((name, index) => [name, wordsAt + 4 * index])),
  program_type: programTypeAt,
  ...Object.fromEntries(buffers.map((name, index) => [name, buffersAt + OBSERVED_BYTES * index])),
});

/** cmc_observer_operation_t: the map's address, eight words, two buffers. */
export const OPERATION_WORDS = [
  'actor',
  'kind',
  'option',
  'flags',
  'key_size',
  'value_size',
  'process',
  'reserved',
] as const;
export const OPERATION_BYTES = 8 + 4 * OPERATION_WORDS.length + 2 * OBSERVED_BYTES;

export type TogetherOperation = Record<(typeof OPERATION_WORDS)[number], number> & {
  map: bigint;
  key: Uint8Array;
  value: Uint8Array;
};

/** A list of cmc_observer_operation_t. */
export const encodeOperations = (operations: readonly TogetherOperation[]): Uint8Array => {
  const bytes = new Uint8Array(OPERATION_BYTES * operations.length);
  const view = new DataView(bytes.buffer);
  operations.forEach((one, index) => {
    const at = OPERATION_BYTES * index;
    view.setBigUint64(at, one.map, true);
    OPERATION_WORDS.forEach((name, word) =>
      view.setUint32(at + 8 + 4 * word, one[name] >>> 0, true),
    );
    bytes.set(one.key.subarray(0, OBSERVED_BYTES), at + 8 + 4 * OPERATION_WORDS.length);
    bytes.set(
      one.value.subarray(0, OBSERVED_BYTES),
      at + 8 + 4 * OPERATION_WORDS.length + OBSERVED_BYTES,
    );
  });
  return bytes;
};

/** cmc_observer_step_t: nine words. */
export const STEP_WORDS = [
  'kind',
  'number',
  'provider',
  'late',
  'process',
  'map_type',
  'key_size',
  'value_size',
  'max_entries',
] as const;
export const STEP_BYTES = 4 * STEP_WORDS.length;

export type ObserverStep = Record<(typeof STEP_WORDS)[number], number>;

/** A list of cmc_observer_step_t. */
export const encodeSteps = (steps: readonly ObserverStep[]): Uint8Array => {
  const bytes = new Uint8Array(STEP_BYTES * steps.length);
  const view = new DataView(bytes.buffer);
  steps.forEach((one, index) =>
    STEP_WORDS.forEach((name, word) =>
      view.setUint32(STEP_BYTES * index + 4 * word, one[name] >>> 0, true),
    ),
  );
  return bytes;
};

/** Members of cmc_runtime_t behind version and size, in order. */
export const RUNTIME_MEMBERS = [
  'nmr_register_provider',
  'nmr_deregister_provider',
  'nmr_wait_for_provider_deregister_complete',
  'map_create',
  'map_reference',
  'map_close',
  'find',
  'update',
  'delete_entry',
  'lookup_and_delete',
  'next_key',
  'associate',
  'find_element',
  'map_context_offset',
  'drain',
  'lock_depth',
  'irql',
  'nmr_provider_detach_client_complete',
  'map_pin',
  'map_unpin',
  'map_info',
  'update_batch',
  'push',
  'pop',
  'peek',
  'update_with_handle',
  'program_load',
  'enter_process',
  'current_process',
  'in_epoch',
  'reclaim',
  'close',
] as const;

export type RuntimeMember = (typeof RUNTIME_MEMBERS)[number];

/** Members that every runtime has; others, in the part of the table that all have, may be NULL. */
export const isRequired = (member: RuntimeMember): boolean =>
  RUNTIME_MEMBERS.indexOf(member) < RUNTIME_MEMBERS.indexOf('lock_depth') &&
  member !== 'find_element' &&
  member !== 'map_context_offset';
export const runtimeSizeMin =
  8 + 8 * RUNTIME_MEMBERS.indexOf('nmr_provider_detach_client_complete');

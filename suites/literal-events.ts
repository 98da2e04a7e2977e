/**
 * Events of literal traces for the tests of chapters: one provider that transforms, one map,
 * `map#1`.
 */
export const facts = {
  Version: 0,
  Length: 72,
  ProviderAttachClient: true,
  ProviderDetachClient: true,
  ProviderCleanupBindingContext: true,
  instance: null,
  NpiId: null,
  ModuleId: null,
  unreadable: null,
  data: {
    header: null,
    map_type: 15,
    base_map_type: 1,
    base_properties: { header: null, updates_original_value: true },
    base_provider_table: {
      header: { version: 1, size: 80, total_size: 80 },
      members: [
        'postprocess_map_find_element',
        'preprocess_map_update_element',
        'postprocess_map_delete_element',
      ],
    },
  },
};
export const registered = {
  kind: 'registered' as const,
  registration: 'registration#1',
  facts,
  status: 'STATUS_SUCCESS',
  inert: false,
};
export const started = (op: number, operation: object) => ({
  kind: 'operation-started' as const,
  op,
  operation,
  caller: 'user',
  process: 1,
});
export const ended = (op: number, operation: object, result: string, more: object = {}) => ({
  kind: 'operation-ended' as const,
  op,
  operation,
  result,
  ...more,
});
export const create = { op: 'create', map: 0 };
export const mapCreated = {
  kind: 'map-created' as const,
  map: 'map#1',
  binding: 'binding#1',
  registration: 'registration#1',
  map_type: 15,
  key_size: 4,
  value_size: 4,
  max_entries: 1,
  actual_value_size: 8,
  context: 'context#1',
};
export const entered = (call: number, callback: string, op: number, more: object = {}) => ({
  kind: 'callback-entered' as const,
  call,
  callback,
  op,
  within: 0,
  direct: false,
  registration: 'registration#1',
  binding: 'binding#1',
  map: 'map#1',
  context: 'context#1',
  irql: 0,
  process: 1,
  locks: 0,
  in_epoch: true,
  ...more,
});
export const returned = (
  call: number,
  callback: string,
  result: string | null,
  more: object = {},
) => ({
  kind: 'callback-returned' as const,
  call,
  callback,
  result,
  irql: 0,
  epoch_depth: 0,
  damage: [],
  ...more,
});
export const bindingState = (state: string, context: string | null = 'context#9') => ({
  kind: 'binding-state' as const,
  binding: 'binding#1',
  registration: 'registration#1',
  state,
  context,
  bare: false,
});
/** A map is created in operation 1. */
export const begun = [
  registered,
  started(1, create),
  bindingState('attached'),
  entered(1, 'preprocess_map_create', 1, { context: null, create_value_size: 4, map_type: 15 }),
  returned(1, 'preprocess_map_create', 'EBPF_SUCCESS', {
    actual_value_size: 8,
    context: 'context#1',
  }),
  mapCreated,
  ended(1, create, 'EBPF_SUCCESS', { map: 'map#1' }),
];

/** The map of `begun` is deleted by the runtime. */
export const mapDelete = [
  entered(90, 'postprocess_map_delete', 0),
  returned(90, 'postprocess_map_delete', null),
];

export const gone = { kind: 'map-gone' as const, map: 'map#1', balance: null };

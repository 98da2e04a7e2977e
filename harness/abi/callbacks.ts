/**
 * * The entry points of a provider: NMR entry points and the seven dispatch-table members
 * (docs/contract/LAYOUTS.md).
 */

/**
 * Members of ebpf_base_map_provider_dispatch_table_t in table order.
 * @example DISPATCH_CALLBACKS.indexOf('preprocess_map_create'); // 0
 */
export const DISPATCH_CALLBACKS = [
  'preprocess_map_create',
  'postprocess_map_delete',
  'preprocess_associate_program_type',
  'postprocess_map_find_element',
  'preprocess_map_update_element',
  'preprocess_map_delete_element',
  'postprocess_map_delete_element',
] as const;

export type DispatchCallback = (typeof DISPATCH_CALLBACKS)[number];

/** NMR entry points of a provider. */
export type NmrCallback =
  'ProviderAttachClient' | 'ProviderDetachClient' | 'ProviderCleanupBindingContext';

/** Functions of the module itself that the harness calls. */
export type ModuleFunction =
  | 'start'
  | 'stop'
  | 'makeValue'
  | 'releaseValue'
  | 'drain'
  | 'resourceCount'
  | 'invokeHelper'
  | 'deferred work';

/** Everything of the subject that can be running when something goes wrong. */
export type CallbackName = DispatchCallback | NmrCallback | ModuleFunction;

/**
 * Members of ebpf_base_map_client_dispatch_table_t in table order (docs/contract/LAYOUTS.md).
 * @example CLIENT_FUNCTIONS.length; // 7
 */
export const CLIENT_FUNCTIONS = [
  'find_element_function',
  'epoch_enter',
  'epoch_exit',
  'epoch_allocate_with_tag',
  'epoch_allocate_cache_aligned_with_tag',
  'epoch_free',
  'epoch_free_cache_aligned',
] as const;

export type ClientFunction = (typeof CLIENT_FUNCTIONS)[number];

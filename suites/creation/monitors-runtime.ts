/** Monitors of what the runtime owes a provider and its caller when a map is created. */

export const create = 'preprocess_map_create';

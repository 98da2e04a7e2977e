/** Monitors of creation, one per rule: what preprocess_map_create accepts, refuses and writes. */
import type { CallbackEntered } from '../../harness/index.ts';
import { fewEntriesMax } from './accepted-sizes.ts';

export const create = 'preprocess_map_create';

export const hasMany = (call: CallbackEntered): boolean => (call.max_entries ?? 0) > fewEntriesMax;

/** Creations, and those that the harness meant to fail. */
import type { CallbackEntered, TraceView } from '../../harness/index.ts';
import { fewEntriesMax, hasZero, standingOf } from './accepted-sizes.ts';

export const create = 'preprocess_map_create';

export const hasMany = (call: CallbackEntered): boolean => (call.max_entries ?? 0) > fewEntriesMax;

export const isBad = (call: CallbackEntered, trace: TraceView): boolean =>
  hasZero(call) || ['unsupported', 'absurd', 'refused'].includes(standingOf(trace.subject, call));

/** Creations that the harness meant to fail, whether the provider refuses them or not. */
export const isProvoked = (call: CallbackEntered, trace: TraceView): boolean =>
  isBad(call, trace) ||
  (call.create_value_size ?? 0) >= 0x7fff_ffff ||
  call.map_type !== trace.subject.profile.mapType;

/**
 * What an observing provider tries with the client table from inside its callbacks: a lookup, and
 * memory of an epoch.
 */
import type { ClientTable } from '../provider/module.ts';
import { toHex } from '../trace/recorder.ts';
import type { Attempts, Observation, ObservedBinding, ObservedMap } from './observation.ts';

const blockBytes = 192;
const stateBytes = 32;
const tag = 0x7276_624f;

/**
 * Frees a block and asks for another: one that comes back at once, or is gone, was not protected.
 */
const isKept = (table: ClientTable, observation: Observation): boolean => {
  const block = table.epoch_allocate_with_tag(blockBytes, tag);
  table.epoch_free(block);
  const next = table.epoch_allocate_with_tag(blockBytes, tag);
  const isThere = observation.memory === null || observation.memory(block, 1) !== null;
  table.epoch_free(next);
  return next !== block && isThere;
};

const tryEpoch = (table: ClientTable, observation: Observation): NonNullable<Attempts['epoch']> => {
  const survived = isKept(table, observation);
  const state = table.epoch_allocate_with_tag(stateBytes, tag);
  table.epoch_enter(state);
  const held = isKept(table, observation);
  table.epoch_exit(state);
  table.epoch_free(state);
  // Where not even an epoch of the provider's own protects, reclamation is at fault and not the
  // caller.
  return { size: blockBytes, isProtected: survived || !held, isKept: held };
};

/**
 * Everything that a callback with these contexts can try; services that are not there are not
 * tried.
 */
export const attemptsIn = (
  observation: Observation,
  binding: ObservedBinding | null,
  context: ObservedMap | null,
  key: Uint8Array | null,
): Attempts => {
  const table = binding?.client?.base_client_table;
  if (!table) return {};
  const attempts: Attempts = {};
  if (
    context &&
    context.handle !== 0n &&
    key &&
    typeof table.find_element_function === 'function'
  ) {
    const result = table.find_element_function(context.handle, key, { value: 0n });
    attempts.lookup = { result, map: context.map, key: toHex(key) };
  }
  const needed = ['epoch_enter', 'epoch_exit', 'epoch_allocate_with_tag', 'epoch_free'] as const;
  if (needed.every((name) => typeof table[name] === 'function')) {
    attempts.epoch = tryEpoch(table, observation);
  }
  return attempts;
};

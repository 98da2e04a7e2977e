/** Pieces that the plans of the element chapters are made of. */
import type { DirectCall, Operation, Plan, Profile, Scenario } from '../../harness/index.ts';

export type Made = Omit<Plan, 'name' | 'suite'>;

/** A plan of one user process: the module is started and map 0 created first. */
export const oneUser = (operations: Operation[], rest: Partial<Made> = {}): Made => ({
  actors: [
    {
      caller: 'user',
      process: 1,
      operations: [{ op: 'start' }, { op: 'create', map: 0 }, ...operations],
    },
  ],
  ...rest,
});

export type Sizes = { key: number; value: number };

/**
 * Accepted sizes that differ in kind from the preferred ones, which every other plan uses: values
 * of an odd number of bytes, the smallest and the largest values, keys of another size.
 */
export const otherSizes = (profile: Profile): Sizes[] => {
  const [usual, ...others] = profile.accepted;
  if (!usual) return [];
  const bySize = [...others].sort((a, b) => a.value - b.value);
  const picked = [
    others.find(({ value }) => value % 2 === 1 && value > 1),
    bySize.at(0),
    bySize.at(-1),
    others.find(({ key }) => key % 2 === 1 && key > 1),
    others.find(({ key }) => key !== usual.key),
  ].filter((one) => one !== undefined);
  return [...new Set(picked)].map(({ key, value }) => ({ key, value }));
};

/** A plan of one user process on a map of the sizes given. */
export const sized = ({ key, value }: Sizes, operations: Operation[]): Made => {
  const create: Operation = { op: 'create', map: 0, key_size: key, value_size: value };
  return {
    actors: [{ caller: 'user', process: 1, operations: [{ op: 'start' }, create, ...operations] }],
  };
};

export const balance: Operation = { op: 'balance' };
export const find = (
  key: number,
  more: Partial<Extract<Operation, { op: 'find' }>> = {},
): Operation => ({ op: 'find', map: 0, key, ...more });
export const update = (
  key: number,
  value: number,
  more: Partial<Extract<Operation, { op: 'update' }>> = {},
): Operation => ({ op: 'update', map: 0, key, value, ...more });
export const remove = (
  key: number,
  more: Partial<Extract<Operation, { op: 'delete' }>> = {},
): Operation => ({ op: 'delete', map: 0, key, ...more });
export const close: Operation = { op: 'close', map: 0 };

/** A callback called directly, map 0. */
export const call = (callback: string, more: Partial<DirectCall> = {}): Operation => ({
  op: 'call',
  map: 0,
  callback,
  ...more,
});

const callUpdate = (save: string, value: number, more: Partial<DirectCall> = {}): Operation =>
  call('preprocess_map_update_element', { value, save, ...more });
const callFind = (stored: string, more: Partial<DirectCall> = {}): Operation =>
  call('postprocess_map_find_element', { value: { stored }, ...more });

/**
 * Direct calls with a value that the provider accepted itself; nothing where it has no such
 * callback.
 */
export const directly = (profile: Profile) => ({
  update: (save: string, value: number, more: Partial<DirectCall> = {}): Operation[] =>
    profile.hasUpdate ? [callUpdate(save, value, more)] : [],
  find: (stored: string, more: Partial<DirectCall> = {}): Operation[] =>
    profile.hasFind && profile.hasUpdate ? [callFind(stored, more)] : [],
  /** A delete callback for a stored value. */
  remove: (stored: string, more: Partial<DirectCall> = {}): Operation[] =>
    profile.deleteStyle === 'none' || !profile.hasUpdate
      ? []
      : [call(`${profile.deleteStyle}_map_delete_element`, { value: { stored }, ...more })],
});

/** What a provider without an update callback sees of values: bytes of the plan's own. */
export const anyValue = (
  profile: Profile,
  callback: 'find' | 'delete',
  more: Partial<DirectCall>,
): Operation[] => {
  if (profile.hasUpdate || profile.updatesOriginalValue) return [];
  if (callback === 'find')
    return profile.hasFind ? [call('postprocess_map_find_element', { value: 0, ...more })] : [];
  return profile.deleteStyle === 'none'
    ? []
    : [call(`${profile.deleteStyle}_map_delete_element`, { value: 0, ...more })];
};

/** Programs may use maps whose values are stored as given, no others. */
export const programs = (profile: Profile, operations: Operation[]): Operation[] =>
  profile.updatesOriginalValue
    ? []
    : operations.map((one) => ({ ...one, caller: 'program' }) as Operation);

/** More entries than this no plan fills. */
const filledMax = 4096;

/**
 * Entries that a map of this plan is created for, few enough to be filled; null when the provider
 * wants more.
 */
export const smallCapacity = ({ maxEntries: { min, max } }: Profile): number | null => {
  const entries = Math.min(Math.max(2, min), max);
  return entries <= filledMax && entries >= 1 ? entries : null;
};

/** A scenario that makes no sense without a value to store. */
export const withValues = (scenario: Scenario): Scenario => ({
  ...scenario,
  plan: (profile) =>
    profile.accepted.length === 0 || profile.values === 'none' ? null : scenario.plan(profile),
});

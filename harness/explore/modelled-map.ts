/**
 * One map of the model: what an operation on it must come to, given what the provider answered
 * meanwhile.
 */
import { optionOf } from '../abi/flags.ts';
import type { KeyRef, Operation } from '../trace/plan.ts';

export type ModelledMap = {
  members: ReadonlySet<string>;
  transforms: boolean;
  key_size: number;
  value_size: number;
  max_entries: number;
  /** Stored bytes by key, as hex. */
  entries: Map<string, string>;
  /** False after a difference. */
  isKnown: boolean;
};

/** A callback that was made, and what it answered. */
export type Answered = {
  callback: string;
  value: string | null;
  result: string | null;
  out: string | null;
};

/** A callback that is due; `value` null: any. `rule` is broken when it is missing or another. */
export type DueCall = {
  callback: string;
  key: string;
  value: string | null;
  rule: string;
  why: string;
};

export type Expectation = {
  /** The situation, in words. */
  words: string;
  calls: DueCall[];
  /** Rule that further callbacks break. */
  more: string;
  /** Nothing is known of the callbacks. */
  anyCalls?: boolean;
  /** EBPF_SUCCESS, a failure (its code is a matter of other rules), or `any`. */
  result: string;
  /** Rule that another result breaks. */
  rule: string;
  /** What the map holds after it. */
  commit: () => void;
};

const find = 'postprocess_map_find_element';
const update = 'preprocess_map_update_element';
const deletes = ['preprocess_map_delete_element', 'postprocess_map_delete_element'] as const;
const success = 'EBPF_SUCCESS';
const refused = 'EBPF_OPERATION_NOT_SUPPORTED';
const nothing = (): void => undefined;

const deleterOf = ({ members }: ModelledMap): string | null =>
  deletes.find((name) => members.has(name)) ?? null;

/**
 * The document, or the runtime as shipped, where that differs in what operations come to (C-06,
 * C-11).
 */
export type Reading = 'as-documented' | 'as-shipped';

/** Who asked, with what, and what the provider answered. */
export type Asked = {
  isProgram: boolean;
  given: string | null;
  answered: readonly Answered[];
  reading: Reading;
};

/** The expectation for an operation; null where the model has none. */
export const expectOf = (
  map: ModelledMap,
  operation: Operation,
  { isProgram, given, answered, reading }: Asked,
  keyOf: (ref: KeyRef) => string | null,
): Expectation | null => {
  if (operation.op === 'next_key') {
    const rule = 'CRUD-FIND-014';
    // Whether there is a next key is not modelled.
    return {
      words: 'an enumeration of keys',
      calls: [],
      more: rule,
      result: 'any',
      rule,
      commit: nothing,
    };
  }
  if (
    operation.op !== 'find' &&
    operation.op !== 'update' &&
    operation.op !== 'delete' &&
    operation.op !== 'batch_update'
  ) {
    return null;
  }
  if (isProgram && map.transforms) {
    const rule = 'HELP-001';
    return {
      words: 'a program on a transforming map',
      calls: [],
      more: rule,
      result: refused,
      rule,
      commit: nothing,
    };
  }
  if (operation.op !== 'batch_update' && !isProgram && misfits(map, operation)) {
    return expectMisfit(map, reading);
  }
  if (operation.op === 'batch_update') return expectBatch(map, operation, keyOf, answered);
  const key = keyOf(operation.key);
  if (key === null) return null;
  if (operation.op === 'update')
    return expectUpdate(map, key, optionOf(operation.option), given, answered);
  return operation.op === 'find'
    ? expectFind(map, key, operation, answered, reading)
    : expectDelete(map, key, answered, { rule: 'CRUD-DEL-001', reading });
};

/** Why the base map refuses; null when it does not. */
const refusalOf = (
  map: ModelledMap,
  key: string,
  option: number,
): { code: string; rule: string } | null => {
  const isThere = map.entries.has(key);
  if (option > 2) return { code: 'EBPF_INVALID_ARGUMENT', rule: 'CRUD-UPD-015' };
  if (option === 1 && isThere) return { code: 'EBPF_OBJECT_ALREADY_EXISTS', rule: 'CRUD-UPD-015' };
  if (option === 2 && !isThere) return { code: 'EBPF_KEY_NOT_FOUND', rule: 'CRUD-UPD-015' };
  const isFull = !isThere && map.entries.size >= map.max_entries;
  return isFull ? { code: 'EBPF_OUT_OF_SPACE', rule: 'CRE-020' } : null;
};

const expectUpdate = (
  map: ModelledMap,
  key: string,
  option: number,
  given: string | null,
  answered: readonly Answered[],
): Expectation | null => {
  const calls: DueCall[] = [];
  let stored = given;
  if (map.members.has(update)) {
    calls.push({
      callback: update,
      key,
      value: given,
      rule: 'CRUD-UPD-001',
      why: "the caller's value",
    });
    const answer = answered.find(({ callback }) => callback === update);
    if (answer && answer.result !== success) {
      const words = 'an update that the provider refused';
      return {
        words,
        calls,
        more: 'CRUD-UPD-014',
        result: answer.result ?? '',
        rule: 'CRUD-UPD-014',
        commit: nothing,
      };
    }
    stored = answer?.out ?? answer?.value ?? given;
  }
  if (stored === null) return null;
  const value = stored;
  const deleter = deleterOf(map);
  const refusal = refusalOf(map, key, option);
  if (refusal) {
    const words = `an update that the base map refuses with ${refusal.code}`;
    const why = 'the value that was not stored';
    // Without an update callback a rollback is neither asked for nor forbidden (C-19).
    const isRolledBack = calls.length > 0 || answered.some(({ callback }) => callback === deleter);
    if (deleter && isRolledBack)
      calls.push({ callback: deleter, key, value, rule: 'CRUD-UPD-015', why });
    return {
      words,
      calls,
      more: 'CRUD-UPD-015',
      result: refusal.code,
      rule: refusal.rule,
      commit: nothing,
    };
  }
  const displaced = map.entries.get(key);
  if (displaced !== undefined && deleter) {
    calls.push({
      callback: deleter,
      key,
      value: displaced,
      rule: 'CRUD-UPD-016',
      why: 'the displaced value',
    });
  }
  const words =
    displaced === undefined ? 'an update of a new key' : 'an update that replaces a value';
  const commit = (): void => void map.entries.set(key, value);
  return {
    words,
    calls,
    more: 'CRUD-UPD-016',
    result: success,
    rule: displaced === undefined ? 'CRUD-UPD-001' : 'CRUD-DEL-005',
    commit,
  };
};

/** Whether lengths are stated that are not the map's. */
const misfits = (
  { key_size, value_size }: ModelledMap,
  operation: Extract<Operation, { op: 'find' | 'update' | 'delete' }>,
): boolean =>
  (operation.key_size ?? key_size) !== key_size ||
  (operation.op === 'find' && (operation.buffer ?? value_size) < value_size) ||
  (operation.op === 'update' && (operation.value_size ?? value_size) !== value_size);

/** Refused; as shipped it is carried out with bytes that the model does not know. */
const expectMisfit = (map: ModelledMap, reading: Reading): Expectation => {
  const rule = 'SIZE-005';
  const isShipped = reading === 'as-shipped';
  return {
    words: 'an operation with lengths that do not fit',
    calls: [],
    more: rule,
    result: isShipped ? 'any' : 'EBPF_INVALID_ARGUMENT',
    rule,
    anyCalls: isShipped,
    commit: () => void (map.isKnown &&= !isShipped),
  };
};

const expectFind = (
  map: ModelledMap,
  key: string,
  operation: Extract<Operation, { op: 'find' }>,
  answered: readonly Answered[],
  reading: Reading,
): Expectation | null => {
  // Larger buffers may be taken or refused.
  if ((operation.buffer ?? 0) > map.value_size) return null;
  const stored = map.entries.get(key);
  if (stored === undefined) {
    const rule = 'CRUD-FIND-001';
    return {
      words: 'a lookup of a key that is not there',
      calls: [],
      more: rule,
      result: 'EBPF_OBJECT_NOT_FOUND',
      rule,
      commit: nothing,
    };
  }
  const calls: DueCall[] = [];
  if (map.members.has(find)) {
    calls.push({
      callback: find,
      key,
      value: stored,
      rule: 'CRUD-FIND-001',
      why: 'the stored value',
    });
    const answer = answered.find(({ callback }) => callback === find);
    if (answer && answer.result !== success) {
      const words = 'a lookup that the provider refused';
      const more = operation.delete ? 'CRUD-FIND-012' : 'CRUD-FIND-011';
      return {
        words,
        calls,
        more,
        result: answer.result ?? '',
        rule: 'CRUD-FIND-011',
        commit: nothing,
      };
    }
  }
  if (!operation.delete) {
    const rule = calls.length ? 'CRUD-FIND-011' : 'CRUD-FIND-013';
    return {
      words: 'a lookup',
      calls,
      more: 'CRUD-FIND-001',
      result: success,
      rule,
      commit: nothing,
    };
  }
  const removal = expectDelete(map, key, answered, { rule: 'CRUD-FIND-012', reading });
  return { ...removal, words: 'a lookup that deletes', calls: [...calls, ...removal.calls] };
};

const expectDelete = (
  map: ModelledMap,
  key: string,
  answered: readonly Answered[],
  { rule, reading }: { rule: string; reading: Reading },
): Expectation => {
  const stored = map.entries.get(key);
  if (stored === undefined) {
    const words = 'a deletion of a key that is not there';
    return {
      words,
      calls: [],
      more: 'CRUD-DEL-002',
      result: 'EBPF_KEY_NOT_FOUND',
      rule: 'CRUD-DEL-002',
      commit: nothing,
    };
  }
  const deleter = deleterOf(map);
  const calls: DueCall[] = deleter
    ? [{ callback: deleter, key, value: stored, rule, why: 'the stored value' }]
    : [];
  const answer = answered.find(({ callback }) => callback === deleter);
  const isHeeded = reading === 'as-documented' || map.members.has(update);
  if (answer && deleter === deletes[0] && answer.result !== success && isHeeded) {
    const words = 'a deletion that the provider refused';
    return {
      words,
      calls,
      more: rule,
      result: answer.result ?? '',
      rule: 'CRUD-DEL-004',
      commit: nothing,
    };
  }
  return {
    words: 'a deletion',
    calls,
    more: rule,
    result: success,
    rule,
    commit: () => void map.entries.delete(key),
  };
};

/** Updates one after the other; without an update callback nobody saw their values. */
const expectBatch = (
  map: ModelledMap,
  { entries, option }: Extract<Operation, { op: 'batch_update' }>,
  keyOf: (ref: KeyRef) => string | null,
  answered: readonly Answered[],
): Expectation | null => {
  const rule = 'CRUD-UPD-018';
  if (!map.members.has(update)) {
    map.isKnown = false;
    return null;
  }
  const changed: ModelledMap = { ...map, entries: new Map(map.entries) };
  const calls: DueCall[] = [];
  let result = success;
  for (const entry of entries) {
    const key = keyOf(entry.key);
    const rest = answered.slice(calls.length);
    const one =
      key === null
        ? null
        : expectUpdate(changed, key, optionOf(option), rest[0]?.value ?? '', rest);
    if (!one) return null;
    calls.push(...one.calls.map((call) => ({ ...call, rule })));
    result = one.result;
    if (result !== success) break;
    one.commit();
  }
  const commit = (): void => void (map.entries = changed.entries);
  return {
    words: 'a batch of updates, one after the other up to the first failure',
    calls,
    more: rule,
    result,
    rule,
    commit,
  };
};

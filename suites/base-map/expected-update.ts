/** What updates of a modelled map must come to, one by one and in batches. */
import { optionOf } from '../../harness/abi/flags.ts';
import type { KeyRef, Operation } from '../../harness/trace/plan.ts';
import {
  deleterOf,
  nothing,
  success,
  UPDATE,
  type Answered,
  type DueCall,
  type Expectation,
  type ModelledMap,
} from './expectation.ts';

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

/** One update; null where what the provider stored is not known. */
export const expectUpdate = (
  map: ModelledMap,
  key: string,
  option: number,
  given: string | null,
  answered: readonly Answered[],
): Expectation | null => {
  const calls: DueCall[] = [];
  let stored = given;
  if (map.members.has(UPDATE)) {
    calls.push({
      callback: UPDATE,
      key,
      value: given,
      rule: 'CRUD-UPD-001',
      why: "the caller's value",
    });
    const answer = answered.find(({ callback }) => callback === UPDATE);
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

/** Updates one after the other; without an update callback nobody saw their values. */
export const expectBatch = (
  map: ModelledMap,
  { entries, option }: Extract<Operation, { op: 'batch_update' }>,
  keyOf: (ref: KeyRef) => string | null,
  answered: readonly Answered[],
): Expectation | null => {
  const rule = 'CRUD-UPD-018';
  if (!map.members.has(UPDATE)) {
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

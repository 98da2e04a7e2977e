/** What an operation on a modelled map must come to, given what the provider answered meanwhile. */
import { optionOf } from '../../harness/abi/flags.ts';
import type { KeyRef, Operation } from '../../harness/trace/plan.ts';
import {
  deleterOf,
  DELETES,
  nothing,
  success,
  UPDATE,
  type Answered,
  type DueCall,
  type Expectation,
  type ModelledMap,
  type Reading,
} from './expectation.ts';
import { expectBatch, expectUpdate } from './expected-update.ts';

const find = 'postprocess_map_find_element';
const refused = 'EBPF_OPERATION_NOT_SUPPORTED';

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
  const isHeeded = reading === 'as-documented' || map.members.has(UPDATE);
  if (answer && deleter === DELETES[0] && answer.result !== success && isHeeded) {
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

/** What the maps of the runtime's own types answer, where no recording goes. */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../trace/plan.ts';
import { fromHex } from '../trace/recorder.ts';
import { createNative, PROCESSORS } from './native-types.ts';
import { NativeMap, type Given } from './native-map.ts';

const hash = 1;
const array = 2;
const programs = 3;
const perCpuHash = 4;
const lru = 8;
const queue = 10;
const stack = 12;

type Made = (
  operation: Record<string, unknown>,
  given?: Partial<Given>,
) => { result: string; out?: unknown };

const mapOf = (map_type: number, more: Partial<NativeMap['definition']> = {}): Made => {
  const definition = { map_type, key_size: 4, value_size: 8, max_entries: 4, ...more };
  let version = 0;
  const map = new NativeMap(definition, 0n, () => (version += 1));
  return (operation, given) => {
    const { key, value, ...rest } = operation as { key?: string; value?: string };
    return map.perform({ map: 0, ...rest } as Operation, {
      key: key === undefined ? null : fromHex(key),
      value: value === undefined ? null : fromHex(value),
      size: definition.value_size,
      program: false,
      ...given,
    });
  };
};

const eight = (byte: string): string => byte.repeat(8);
const key = (n: number): string => `0${n}000000`;

describe('a map of a built-in type', () => {
  it('is refused for what its type cannot be', () => {
    const asked = (map_type: number, more = {}, extras = {}): string =>
      createNative({ map_type, key_size: 4, value_size: 8, max_entries: 4, ...more }, extras);
    expect(asked(programs)).toBe('EBPF_INVALID_ARGUMENT');
    expect(asked(programs, { value_size: 4 }, { inner_map: true })).toBe('EBPF_SUCCESS');
    expect(asked(hash, {}, { inner_map: true })).toBe('EBPF_INVALID_ARGUMENT');
    expect(asked(6, { value_size: 4 })).toBe('EBPF_INVALID_FD');
    expect(asked(array, { key_size: 1 })).toBe('EBPF_SUCCESS');
    expect(asked(array, { max_entries: 2 ** 32 - 1, value_size: 64 })).toBe(
      'EBPF_INVALID_ARGUMENT',
    );
    expect(asked(perCpuHash, { value_size: 2 ** 31 })).toBe('EBPF_ARITHMETIC_OVERFLOW');
    expect(asked(queue)).toBe('EBPF_INVALID_ARGUMENT');
    expect(asked(queue, { key_size: 0 })).toBe('EBPF_SUCCESS');
  });

  it('of elements that are always there takes every option but NOEXIST', () => {
    const run = mapOf(array);
    expect(run({ op: 'find', key: key(3) })).toEqual({ result: 'EBPF_SUCCESS', out: eight('00') });
    for (const option of ['EBPF_ANY', 'EBPF_EXIST', 3])
      expect(run({ op: 'update', key: key(1), value: eight('5a'), option }).result).toBe(
        'EBPF_SUCCESS',
      );
    expect(run({ op: 'update', key: key(1), value: eight('11'), option: 'EBPF_NOEXIST' })).toEqual({
      result: 'EBPF_INVALID_ARGUMENT',
    });
    expect(run({ op: 'delete', key: key(1) }).result).toBe('EBPF_SUCCESS');
    expect(run({ op: 'find', key: key(1) }).out).toBe(eight('00'));
    expect(run({ op: 'next_key', key: 'ffffffff' }).out).toBe(key(0));
  });

  it('with a value for each processor wants them all of a user and one of a program', () => {
    const run = mapOf(perCpuHash);
    const program = { program: true };
    const update = { op: 'update', key: key(1), value: eight('5a'), option: 'EBPF_NOEXIST' };
    expect(run(update).result).toBe('EBPF_INVALID_ARGUMENT');
    expect(run(update, program).result).toBe('EBPF_SUCCESS');
    expect(run({ ...update, value: eight('6b') }, program).result).toBe('EBPF_SUCCESS');
    expect(run({ op: 'find', key: key(1) }, program).out).toBe(eight('6b'));
    expect(run({ op: 'find', key: key(1) }, { size: 8 * PROCESSORS })).toEqual({
      result: 'EBPF_SUCCESS',
      out: eight('6b') + eight('00').repeat(PROCESSORS - 1),
    });
  });

  it('that forgets loses what no program used for longest', () => {
    const run = mapOf(lru);
    for (const n of [1, 2, 3, 4]) run({ op: 'update', key: key(n), value: eight('01') });
    run({ op: 'find', key: key(1) });
    run({ op: 'find', key: key(2) }, { program: true });
    run({ op: 'update', key: key(5), value: eight('01') });
    run({ op: 'update', key: key(6), value: eight('01') });
    const kept = (run({ op: 'iterate' }).out as string[]).toSorted();
    expect(kept).toEqual([key(2), key(4), key(5), key(6)]);
  });

  it('without keys gives back in its order, and knows nothing else', () => {
    const shape = { key_size: 0, max_entries: 2 };
    const push = (byte: string) => ({ op: 'push', value: eight(byte) });
    for (const [map_type, first] of [[queue, '01'] as const, [stack, '02'] as const]) {
      const run = mapOf(map_type, shape);
      expect(run({ op: 'pop' }).result).toBe('EBPF_OBJECT_NOT_FOUND');
      expect([run(push('01')).result, run(push('02')).result]).toEqual([
        'EBPF_SUCCESS',
        'EBPF_SUCCESS',
      ]);
      expect(run(push('03')).result).toBe('EBPF_OUT_OF_SPACE');
      expect(run({ op: 'peek' }).out).toBe(eight(first));
      expect(run({ op: 'pop' }).out).toBe(eight(first));
      expect(run({ op: 'delete' }).result).toBe('EBPF_OPERATION_NOT_SUPPORTED');
      expect(run({ op: 'iterate' }).result).toBe('EBPF_OPERATION_NOT_SUPPORTED');
    }
  });

  it('of programs takes those of one type', () => {
    const run = mapOf(programs, { value_size: 4 });
    expect(run({ op: 'associate', program_type: 'a' }).result).toBe('EBPF_SUCCESS');
    expect(run({ op: 'associate', program_type: 'b' }).result).toBe('EBPF_INVALID_FD');
    expect(run({ op: 'find', key: key(1) }, { program: true }).result).toBe(
      'EBPF_INVALID_ARGUMENT',
    );
    expect(run({ op: 'delete', key: key(9) }).result).toBe('EBPF_OBJECT_NOT_FOUND');
  });

  it('is emptied by a batch that removes', () => {
    const run = mapOf(hash);
    run({ op: 'update', key: key(1), value: eight('01') });
    expect(run({ op: 'batch', delete: true }).result).toBe('EBPF_SUCCESS');
    expect(run({ op: 'batch' }).result).toBe('EBPF_NO_MORE_KEYS');
  });
});

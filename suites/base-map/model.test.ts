/**
 * The model of the base map: right runs show no difference, each kind of difference is its rule's.
 */
import { describe, expect, test } from 'vitest';
import { openReferenceRuntime } from '../../harness/execute/reference-runtime.ts';
import { runAgainst } from '../../harness/execute/runtime-run.ts';
import type { RuntimePort } from '../../harness/provider/runtime-port.ts';
import { sequential, type ObservedProvider, type Operation } from '../../harness/trace/plan.ts';
import { baseMapFindings } from './model.ts';

const operations: Operation[] = [
  { op: 'find', map: 0, key: 0 },
  { op: 'update', map: 0, key: 0, value: 0 },
  { op: 'update', map: 0, key: 0, value: 1 },
  { op: 'update', map: 0, key: 0, value: 2, option: 'EBPF_NOEXIST' },
  { op: 'update', map: 0, key: 1, value: 3 },
  { op: 'update', map: 0, key: 2, value: 4 },
  { op: 'find', map: 0, key: 0 },
  { op: 'find', map: 0, key: 0, delete: true },
  { op: 'delete', map: 0, key: 1 },
  { op: 'delete', map: 0, key: 1 },
];

const differences = (
  as: Partial<ObservedProvider>,
  deviate = (right: RuntimePort): RuntimePort => right,
): string[] => {
  const plan = sequential('model', [
    { op: 'register', provider: 0, as: { map_type: 15, ...as } },
    { op: 'create', map: 0, map_type: 15, max_entries: 2 },
    ...operations,
  ]);
  const trace = runAgainst(deviate(openReferenceRuntime()), plan, {});
  return baseMapFindings(trace).document.map(({ id }) => id);
};

describe('the model of the base map', () => {
  test.each<[string, Partial<ObservedProvider>]>([
    ['a plain provider', {}],
    ['a transforming one', { transforms: true, actual: 8 }],
    [
      'a deprecated delete that refuses',
      { delete: 'preprocess', pre_delete: ['EBPF_BLOCKED_BY_POLICY'] },
    ],
    [
      'refused updates and lookups',
      { update: ['EBPF_SUCCESS', 'EBPF_STALE_ID', 'EBPF_SUCCESS'], find: ['EBPF_TIMEOUT'] },
    ],
    [
      'no element callbacks',
      { delete: 'none', absent: ['postprocess_map_find_element', 'preprocess_map_update_element'] },
    ],
  ])('a right runtime with %s', (_name, as) => {
    expect(differences(as)).toEqual([]);
  });

  test('a full map that takes more', () => {
    const widened = (right: RuntimePort): RuntimePort => ({
      ...right,
      map_create: (request) => right.map_create({ ...request, max_entries: 8 }),
      update: (...args) => {
        const result = right.update(...args);
        return result === 'EBPF_OUT_OF_SPACE' ? 'EBPF_SUCCESS' : result;
      },
    });
    expect(
      differences({}, (right) => ({ ...widened(right), map_create: right.map_create })),
    ).toEqual(['CRE-020']);
  });

  test('a lookup that finds what is not there', () => {
    const found = (right: RuntimePort): RuntimePort => ({
      ...right,
      find: (...args) => ({ ...right.find(...args), result: 'EBPF_SUCCESS' }),
    });
    expect(differences({}, found)).toEqual(['CRUD-FIND-001']);
  });

  test('a lookup-and-delete that deletes nothing', () => {
    expect(differences({}, (right) => ({ ...right, lookup_and_delete: right.find }))).toEqual([
      'CRUD-FIND-012',
    ]);
  });
});

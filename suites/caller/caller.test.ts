/** The caller chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/object-hash.ts';
import plain from '../../fixtures/providers/plain-preprocess.ts';
import { sayingsOf } from '../chapter-proof.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [right, plain]);

const said = sayingsOf(chapter);
const started = (op: number, operation: object, caller = 'user') => ({
  kind: 'operation-started' as const,
  op,
  operation,
  caller,
  process: 1,
});
const entered = (op: number, callback: string, more = {}) => ({
  kind: 'callback-entered' as const,
  call: op,
  callback,
  op,
  within: 0,
  direct: false,
  map: 'map#1',
  irql: 0,
  process: 1,
  locks: 0,
  in_epoch: true,
  flags: 0,
  ...more,
});

describe('rules of the runtime', () => {
  const find = { op: 'find', map: 0, key: 0 };

  test('IRQL-001 user callers mean PASSIVE_LEVEL', () => {
    const call = (irql: number) => entered(1, 'postprocess_map_find_element', { irql });
    expect(said('IRQL-001', {}, started(1, find), call(0))).toEqual([]);
    expect(said('IRQL-001', {}, started(1, find), call(2))).toHaveLength(1);
    expect(said('IRQL-001', {}, started(1, find, 'program'), call(2))).toBeUndefined();
  });

  test('IRQL-005 the clean-up is at PASSIVE_LEVEL', () => {
    const call = (irql: number) => entered(0, 'postprocess_map_delete_element', { irql, flags: 4 });
    expect(said('IRQL-005', {}, call(0))).toEqual([]);
    expect(said('IRQL-005', {}, call(2))).toHaveLength(1);
  });

  test('IRQL-006 maps come and go at PASSIVE_LEVEL', () => {
    expect(said('IRQL-006', {}, entered(1, 'preprocess_map_create'))).toEqual([]);
    expect(said('IRQL-006', {}, entered(1, 'preprocess_map_create', { irql: 2 }))).toHaveLength(1);
  });

  test("PROC-001 callbacks run in the caller's process", () => {
    const call = (process: number, flags = 0) =>
      entered(1, 'preprocess_map_update_element', { process, flags });
    expect(said('PROC-001', {}, started(1, find), call(1))).toEqual([]);
    expect(said('PROC-001', {}, started(1, find), call(2))).toHaveLength(1);
    expect(said('PROC-001', {}, started(1, find), call(2, 1))).toBeUndefined();
  });
});

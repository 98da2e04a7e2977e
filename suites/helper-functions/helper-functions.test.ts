/** The helpers chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/helper-object.ts';
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
const ended = (op: number, operation: object, result: string, more = {}) => ({
  kind: 'operation-ended' as const,
  op,
  operation,
  result,
  map: 'map#1',
  ...more,
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
  const made = {
    kind: 'map-created' as const,
    map: 'map#1',
    binding: 'binding#1',
    registration: 'registration#1',
    context: 'context#1',
  };

  test('HELP-001 a program reaches nothing of a transforming map', () => {
    const refused = ended(1, find, 'EBPF_OPERATION_NOT_SUPPORTED');
    expect(said('HELP-001', {}, started(1, find, 'program'), refused)).toEqual([]);
    const call = entered(1, 'postprocess_map_find_element');
    expect(said('HELP-001', {}, started(1, find, 'program'), call, refused)).toHaveLength(1);
    expect(
      said('HELP-001', {}, started(1, find, 'program'), ended(1, find, 'EBPF_SUCCESS')),
    ).toHaveLength(1);
    expect(said('HELP-001', {}, started(1, find), ended(1, find, 'EBPF_SUCCESS'))).toBeUndefined();
  });

  test('HELP-002 a program is served, and HELPER says so', () => {
    const done = ended(1, find, 'EBPF_SUCCESS');
    const call = (flags: number) => entered(1, 'postprocess_map_find_element', { flags });
    expect(said('HELP-002', {}, started(1, find, 'program'), call(1), done)).toEqual([]);
    expect(said('HELP-002', {}, started(1, find, 'program'), call(0), done)).toHaveLength(1);
    const refused = ended(1, find, 'EBPF_OPERATION_NOT_SUPPORTED');
    expect(said('HELP-002', {}, started(1, find, 'program'), refused)).toHaveLength(1);
  });

  test('HELP-012 find_element_function agrees with what is stored', () => {
    const create = { op: 'create', map: 0 };
    const update = { op: 'update', map: 0, key: 0, value: 0 };
    const look = { op: 'find_element', map: 0, key: 0 };
    const filled = [
      { kind: 'registered' as const, registration: 'registration#1', facts: {} },
      started(1, create),
      made,
      ended(1, create, 'EBPF_SUCCESS'),
      started(2, update),
      ended(2, update, 'EBPF_SUCCESS'),
    ];
    expect(said('HELP-012', {}, ...filled, ended(3, look, 'EBPF_SUCCESS'))).toEqual([]);
    expect(said('HELP-012', {}, ...filled, ended(3, look, 'EBPF_KEY_NOT_FOUND'))).toHaveLength(1);
    const other = { ...look, key: 1 };
    expect(said('HELP-012', {}, ...filled, ended(3, other, 'EBPF_OBJECT_NOT_FOUND'))).toEqual([]);
    expect(said('HELP-012', {}, ...filled, ended(3, other, 'EBPF_SUCCESS'))).toHaveLength(1);
  });

  test('CTX-001 all clients name one offset', () => {
    const attach = (op: number, map_context_offset: number) =>
      entered(op, 'ProviderAttachClient', {
        client: { data: {}, table: {}, dispatch_null: true, map_context_offset },
      });
    expect(said('CTX-001', {}, attach(1, 8), attach(2, 8))).toEqual([]);
    expect(said('CTX-001', {}, attach(1, 8), attach(2, 16))).toHaveLength(1);
  });

  test('CTX-002 the slot holds the context, and NULL in native maps', () => {
    const look = { op: 'map_context', map: 0 };
    const answer = (out: string | null, map = 'map#1') =>
      ended(2, look, 'EBPF_SUCCESS', { out, map });
    expect(said('CTX-002', {}, made, answer('context#1'))).toEqual([]);
    expect(said('CTX-002', {}, made, answer(null))).toHaveLength(1);
    expect(said('CTX-002', {}, answer(null, 'map#2'))).toEqual([]);
    expect(said('CTX-002', {}, answer('context#1', 'map#2'))).toHaveLength(1);
  });
});

describe('CTX-004 any offset will do', () => {
  const offset = {
    ...{ kind: 'run-started' as const, plan: 'literal', probes: [], choices: 0 },
    conditions: { map_context_offset: 64 },
  };
  const refusal = {
    kind: 'callback-returned' as const,
    call: 1,
    callback: 'ProviderAttachClient',
    result: 'STATUS_INSUFFICIENT_RESOURCES',
  };

  test('a refusal is one of the offset', () => {
    expect(said('CTX-004', {}, offset, refusal)).toHaveLength(1);
  });

  test('a refusal for want of memory says nothing about offsets', () => {
    const short = { kind: 'allocation-failed' as const, call: 1, number: 1, size: 64 };
    expect(said('CTX-004', {}, offset, short, refusal)).toEqual([]);
  });
});

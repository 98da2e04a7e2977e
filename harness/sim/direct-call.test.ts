/**
 * Calls of the harness's own leave nothing behind, whatever the subject answers and whatever
 * shrinking left out.
 */
import { describe, expect, test } from 'vitest';
import keepsValues from '../../fixtures/variants/v-crud-25-keeps-values-in-use.ts';
import { openModule } from '../adapters/in-process.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { executeRun } from '../execute/execute.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential, type Operation } from '../trace/plan.ts';

const accept = (value: number): Operation => ({
  op: 'call',
  map: 0,
  callback: 'preprocess_map_update_element',
  value,
  save: 'a',
});
const giveBack = (flags: number): Operation => ({
  op: 'call',
  map: 0,
  callback: 'preprocess_map_delete_element',
  value: { stored: 'a' },
  flags,
});

const traceOf = (...operations: Operation[]): TraceEvent[] => {
  const create: Operation = {
    op: 'create',
    map: 0,
    map_type: 15,
    key_size: 4,
    value_size: 4,
    max_entries: 4,
  };
  const plan = sequential('', [{ op: 'start' }, create, ...operations]);
  const profile = bootstrapProfile(null);
  return executeRun({ plan, choices: [], conditions: {}, profile }, openModule(keepsValues), null)
    .trace;
};

const blocksLeft = (trace: TraceEvent[]): number =>
  trace.flatMap((event) =>
    event.kind === 'balance' && event.why === 'unloaded' ? event.balance.blocks : [],
  ).length;
const answers = (trace: TraceEvent[]): string[] =>
  trace.flatMap((event) =>
    event.kind === 'operation-ended' && event.operation.op === 'call' ? [event.result] : [],
  );

describe('a value that a direct call had accepted', () => {
  test('goes with the map when its delete was rightly refused', () => {
    const trace = traceOf(accept(0), giveBack(0));
    expect(answers(trace)).toEqual(['EBPF_SUCCESS', 'EBPF_OPERATION_NOT_SUPPORTED']);
    expect(blocksLeft(trace)).toBe(0);
  });

  test('goes with the map when the plan has no call that gives it back', () => {
    const trace = traceOf(accept(0));
    expect(answers(trace)).toEqual(['EBPF_SUCCESS']);
    expect(blocksLeft(trace)).toBe(0);
  });

  test('is given back once: no later call names it', () => {
    const trace = traceOf(accept(1), giveBack(2), giveBack(2));
    expect(answers(trace)).toEqual(['EBPF_SUCCESS', 'EBPF_SUCCESS', 'NO_SUCH_VALUE']);
    expect(blocksLeft(trace)).toBe(0);
    expect(trace.filter(({ kind }) => kind === 'misuse')).toEqual([]);
  });
});

/** The epoch chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/object-hash.ts';
import plain from '../../fixtures/providers/plain-preprocess.ts';
import { openModule } from '../../harness/adapters/in-process.ts';
import { sequential } from '../../harness/index.ts';
import { moduleExecutor } from '../../harness/run/in-process.fixture.ts';
import { executeRun } from '../../harness/execute/execute.ts';
import { probe } from '../../harness/campaign/probe.ts';
import { judged, sayingsOf } from '../chapter-proof.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [right, plain]);

const said = sayingsOf(chapter);
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
  test('EPOCH-010 members of the table are called in an epoch', () => {
    expect(said('EPOCH-010', {}, entered(1, 'postprocess_map_delete'))).toEqual([]);
    expect(
      said('EPOCH-010', {}, entered(1, 'postprocess_map_delete', { in_epoch: false })),
    ).toHaveLength(1);
    expect(
      said('EPOCH-010', {}, entered(1, 'ProviderDetachClient', { in_epoch: false })),
    ).toBeUndefined();
  });

  test('EPOCH-011 what is freed stays readable to the end of the call', () => {
    const freed = { kind: 'freed' as const, call: 1, block: 'block#1' };
    const read = (call: number) => ({
      kind: 'misuse' as const,
      call,
      misuse: 'use-after-free',
      detail: 'read',
      block: 'block#1',
    });
    const call = entered(1, 'postprocess_map_delete_element');
    expect(said('EPOCH-011', {}, call, freed)).toEqual([]);
    expect(said('EPOCH-011', {}, call, freed, read(1))).toHaveLength(1);
    expect(
      said('EPOCH-011', {}, call, freed, entered(2, 'postprocess_map_find_element'), read(2)),
    ).toEqual([]);
  });

  test('the shipped runtime destroys maps outside any epoch', async () => {
    const { profile } = await probe(moduleExecutor(right, null), null, 'merged');
    const plan = sequential('a life', [{ op: 'start' }, { op: 'create', map: 0 }, { op: 'stop' }]);
    const saws = (dialect: 'as-documented' | 'as-shipped') => {
      const job = { plan, choices: [], conditions: { dialect }, profile };
      return judged(chapter, executeRun(job, openModule(right), null).trace).find(
        ({ id }) => id === 'EPOCH-010',
      )?.violations;
    };
    expect(saws('as-documented')).toEqual([]);
    expect(saws('as-shipped')).toHaveLength(1);
  });
});

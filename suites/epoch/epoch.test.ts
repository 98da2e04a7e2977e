/** The epoch chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/object-hash.ts';
import plain from '../../fixtures/providers/plain-preprocess.ts';
import { openModule } from '../../harness/adapters/in-process.ts';
import { sequential } from '../../harness/index.ts';
import { examineModule, moduleExecutor } from '../../harness/run/examine.ts';
import { executeRun } from '../../harness/run/execute.ts';
import { probe } from '../../harness/run/probe.ts';
import { anySubject, faultsOf, judged, killOf, traceOf } from '../chapter-proof.ts';
import { chapter } from './index.ts';

/** Whole examinations; a machine may be busy. */
const timeoutMs = 60_000;

// A fault that never comes back needs a host of its own: the selftest has it.
const faults = (await faultsOf(chapter)).filter(({ meta }) => !('isolated' in meta));

describe('the chapter as a whole', () => {
  test('nothing is exercised in a run in which nothing happened', () => {
    expect(judged(chapter, traceOf())).toEqual([]);
  });

  test.each([right, plain])(
    '$name passes every rule that binds it',
    async (module) => {
      const seen = await examineModule(module, { chapters: [chapter], generated: 2 });
      const rows = seen.rows.filter((row) => row.suite === chapter.name);
      const green = ['pass', 'not-applicable', 'info'];
      const bad = rows.filter((row) => !green.includes(row.verdict));
      expect(
        bad.map(({ id, verdict, message, reason }) => ({ id, verdict, message, reason })),
      ).toEqual([]);
      expect(rows.filter((row) => row.verdict === 'pass' && row.exercised === 0)).toEqual([]);
      expect(rows.filter((row) => row.selfCheck?.ok === false)).toEqual([]);
    },
    timeoutMs,
  );

  test.each(faults)(
    '$id is found out by a rule that it names',
    async (fault) => {
      expect(await killOf(fault, chapter)).not.toEqual([]);
    },
    timeoutMs,
  );
});

/** What a rule says about a literal trace. */
const said = (
  id: string,
  profile: object,
  ...events: Parameters<typeof traceOf>
): string[] | undefined => {
  const subject = { ...anySubject, profile: { ...anySubject.profile, ...profile } };
  const finding = judged(chapter, traceOf(...events), subject).find((one) => one.id === id);
  return finding?.violations.map(({ saw }) => saw);
};
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

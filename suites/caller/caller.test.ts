/** The caller chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/object-hash.ts';
import plain from '../../fixtures/providers/plain-preprocess.ts';
import { examineModule } from '../../harness/run/examine.ts';
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

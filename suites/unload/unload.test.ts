/** The unload chapter on right, wrong and literal runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { examineModule } from '../../harness/run/examine.ts';
import { examineFault, faultsOf, judged, traceOf } from '../chapter-proof.ts';
import {
  begun,
  bindingState,
  ended,
  entered,
  gone,
  mapCreated,
  mapDelete,
  started,
} from '../literal-events.ts';
import { chapter } from './index.ts';

const faults = await faultsOf(chapter);

describe('the chapter as a whole', () => {
  test('nothing is exercised in a run in which nothing happened', () => {
    expect(judged(chapter, traceOf())).toEqual([]);
  });

  test('a right provider passes every rule that binds it', async () => {
    const seen = await examineModule(objectHash, { chapters: [chapter] });
    const rows = seen.rows.filter((row) => row.suite === chapter.name);
    const bad = rows.filter((row) => !['pass', 'not-applicable', 'info'].includes(row.verdict));
    expect(
      bad.map(({ id, verdict, message, reason }) => ({ id, verdict, message, reason })),
    ).toEqual([]);
    for (const row of rows.filter((one) => one.verdict === 'pass'))
      expect(row.exercised, row.id).toBeGreaterThan(0);
    expect(rows.filter((row) => row.selfCheck?.ok === false)).toEqual([]);
  });

  test.each(faults)('$id is found out by a rule that it names', async (fault) => {
    const { meta } = fault;
    const seen = await examineFault(fault, chapter);
    const own = meta.violates.filter((id) => chapter.requirements.some((rule) => rule.id === id));
    const verdicts = own
      .map((id) => seen.row(id))
      .map((row) => (meta.dialect ? row.advisory[meta.dialect] : row));
    const hits = verdicts.filter((one) => one?.verdict === meta.expects);
    expect(hits.map((one) => one?.message).join(' ')).toContain(meta.sentence ?? '');
    expect(hits.length).toBeGreaterThan(0);
  });
});

/** What one rule says about a trace: how often it was exercised, and what it saw. */
const verdictOf = (id: string, trace: ReturnType<typeof traceOf>) => {
  const found = judged(chapter, trace).find((one) => one.id === id);
  return { exercised: found?.exercised ?? 0, saw: found?.violations.map((one) => one.saw) ?? [] };
};

const deregister = (status: string) => ({
  kind: 'deregister' as const,
  registration: 'registration#1',
  status,
  bindings: 1,
});
const deregistered = { kind: 'deregistered' as const, registration: 'registration#1' };

describe('rules of runtimes', () => {
  test('UNLOAD-004 completes with the last map, and not before', () => {
    const pending = [...begun, deregister('STATUS_PENDING')];
    const whole = [...pending, ...mapDelete, gone, bindingState('cleaned'), deregistered];
    expect(verdictOf('UNLOAD-004', traceOf(...whole))).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('UNLOAD-004', traceOf(...pending, deregistered)).saw).toEqual([
      'map#1 still existed',
    ]);
    expect(verdictOf('UNLOAD-004', traceOf(...pending, ...mapDelete, gone)).saw).toEqual([
      'registration#1 was never complete',
    ]);
    expect(
      verdictOf('UNLOAD-004', traceOf(...begun, deregister('STATUS_SUCCESS'))).saw[0],
    ).toContain('1 map(s)');
  });

  test('UNLOAD-010 takes no client once it has begun', () => {
    const again = { op: 'create', map: 1 };
    const pending = [...begun, deregister('STATUS_PENDING'), started(2, again)];
    const refused = traceOf(...pending, ended(2, again, 'EBPF_EXTENSION_FAILED_TO_LOAD'));
    expect(verdictOf('UNLOAD-010', refused)).toEqual({ exercised: 1, saw: [] });
    const attached = traceOf(...pending, entered(5, 'ProviderAttachClient', 2));
    expect(verdictOf('UNLOAD-010', attached).saw).toEqual(['registration#1 was attached to']);
    const made = traceOf(
      ...pending,
      { ...mapCreated, map: 'map#2' },
      ended(2, again, 'EBPF_SUCCESS', { map: 'map#2' }),
    );
    expect(verdictOf('UNLOAD-010', made).saw).toEqual(['map#2 was created']);
  });
});

/** The association chapter on right, wrong and literal runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { examineModule } from '../../harness/run/examine.ts';
import { examineFault, faultsOf, judged, traceOf } from '../chapter-proof.ts';
import { begun, ended, entered, returned, started } from '../literal-events.ts';
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

const program_type = 'f1832a85-85d5-45b0-98a0-7069d63013b0';
const associate = { op: 'associate', map: 0, program_type };
const asks = (result: string, given = program_type) => [
  entered(2, 'preprocess_associate_program_type', 2, { program_type: given }),
  returned(2, 'preprocess_associate_program_type', result),
];

describe('rules of runtimes', () => {
  test('ASSOC-001 asks the provider once and answers what it answered', () => {
    const begins = [...begun, started(2, associate)];
    const ends = (result: string) => ended(2, associate, result, { map: 'map#1' });
    const right = traceOf(...begins, ...asks('EBPF_INVALID_STATE'), ends('EBPF_INVALID_STATE'));
    expect(verdictOf('ASSOC-001', right)).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('ASSOC-001', traceOf(...begins, ends('EBPF_SUCCESS'))).saw).toEqual([
      '0 calls',
    ]);
    const overruled = traceOf(...begins, ...asks('EBPF_INVALID_STATE'), ends('EBPF_SUCCESS'));
    expect(verdictOf('ASSOC-001', overruled).saw).toEqual(['EBPF_SUCCESS']);
    const other = traceOf(
      ...begins,
      ...asks('EBPF_SUCCESS', '0d9b8a53-27f1-4c40-9be6-e1a5437c6d82'),
      ends('EBPF_SUCCESS'),
    );
    expect(verdictOf('ASSOC-001', other).saw[0]).toContain('0d9b8a53');
  });
});

describe('rules that a simulated provider cannot break', () => {
  test('ASSOC-005 sees a program_type that is used after the call', () => {
    const kept = returned(3, 'preprocess_map_update_element', 'EBPF_SUCCESS', {
      damage: [
        {
          what: 'kept',
          buffer: 'program_type',
          callback: 'preprocess_associate_program_type',
          how: 'read',
        },
      ],
    });
    expect(verdictOf('ASSOC-005', traceOf(...begun, ...asks('EBPF_SUCCESS')))).toEqual({
      exercised: 1,
      saw: [],
    });
    expect(
      verdictOf('ASSOC-005', traceOf(...begun, ...asks('EBPF_SUCCESS'), kept)).saw[0],
    ).toContain('it was read after');
    const written = returned(2, 'preprocess_associate_program_type', 'EBPF_SUCCESS', {
      damage: [{ what: 'modified', buffer: 'program_type' }],
    });
    expect(verdictOf('ASSOC-005', traceOf(...begun, written)).saw).toEqual(['it was modified']);
  });
});

/** The enum chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { examineModule } from '../../harness/run/examine.ts';
import { examineFault, faultsOf, judged, traceOf } from '../chapter-proof.ts';
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
    const hits = own
      .map((id) => seen.row(id))
      .filter((row) => ['fail', 'warn', 'crash', 'hang'].includes(row.verdict));
    expect(hits.map((row) => row.message).join(' ')).toContain(meta.sentence ?? '');
    expect(hits.length).toBeGreaterThan(0);
  });
});

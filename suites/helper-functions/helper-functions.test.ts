/** The helpers chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/helper-object.ts';
import plain from '../../fixtures/providers/plain-preprocess.ts';
import { examineModule } from '../../harness/run/examine.ts';
import { faultsOf, judged, killOf, traceOf } from '../chapter-proof.ts';
import { chapter } from './index.ts';

// A fault that never comes back needs a host of its own: the selftest has it.
const faults = (await faultsOf(chapter)).filter(({ meta }) => !('isolated' in meta));

describe('the chapter as a whole', () => {
  test('nothing is exercised in a run in which nothing happened', () => {
    expect(judged(chapter, traceOf())).toEqual([]);
  });

  test.each([right, plain])('$name passes every rule that binds it', async (module) => {
    const seen = await examineModule(module, { chapters: [chapter], generated: 2 });
    const rows = seen.rows.filter((row) => row.suite === chapter.name);
    const green = ['pass', 'not-applicable', 'info'];
    const bad = rows.filter((row) => !green.includes(row.verdict));
    expect(
      bad.map(({ id, verdict, message, reason }) => ({ id, verdict, message, reason })),
    ).toEqual([]);
    expect(rows.filter((row) => row.verdict === 'pass' && row.exercised === 0)).toEqual([]);
    expect(rows.filter((row) => row.selfCheck?.ok === false)).toEqual([]);
  });

  test.each(faults)('$id is found out by a rule that it names', async (fault) => {
    expect(await killOf(fault, chapter)).not.toEqual([]);
  });
});

/**
 * Runtimes as subjects: the reference passes every rule of runtimes, each wrong one names its own.
 */
import { describe, expect, test } from 'vitest';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { examineRuntime } from './in-process-runtime.fixture.ts';
import { openReferenceRuntime } from '../execute/reference-runtime.ts';
import { runtimeFixtures, tryRuntime } from '../selftest/selftest-runtimes.ts';
import { testableRules } from '../selftest/testable-rules.ts';

const reference = { name: 'reference', open: openReferenceRuntime };
const wrongModules = (await runtimeFixtures()).filter(({ file }) => file?.endsWith('.ts'));
/** One of each way to be wrong; all of them are the selftest's. */
const sample = [
  'R-REG-020-2',
  'R-CRE-016-1',
  'R-CRE-017-1',
  'R-CRUD-UPD-015-1',
  'R-CRUD-UPD-018-2',
  'R-CRUD-DEL-003-1',
  'R-EPOCH-010-1',
  'R-EPOCH-011-1',
  'R-PROC-001-1',
  'R-PIN-002-1',
  'R-ENUM-009-1',
];

describe('runtimes', () => {
  test('the reference runtime passes every rule that can be judged', () => {
    const seen = examineRuntime(reference, { chapters: CHAPTERS, generated: 12 });
    const rows = testableRules('runtime')
      .filter(({ revisions }) => revisions.includes('merged'))
      .map(({ id }) => seen.row(id));
    expect(
      rows
        .filter(({ verdict }) => verdict !== 'pass')
        .map(({ id, verdict, message }) => ({ id, verdict, message })),
    ).toEqual([]);
    expect(rows.length).toBeGreaterThan(70);
    expect(seen.notes).toEqual([]);
  });

  test('and so it does under the draft', () => {
    const seen = examineRuntime(reference, { chapters: CHAPTERS, revision: 'draft' });
    const broken = seen.rows.filter(({ verdict }) =>
      ['fail', 'warn', 'crash', 'vacuous'].includes(verdict),
    );
    expect(broken.map(({ id, verdict, message }) => ({ id, verdict, message }))).toEqual([]);
    expect(seen.verdict('ENUM-009')).toBe('pass');
  });

  test.each(sample)('%s is found out by the rule that it names', async (id) => {
    const fixture = wrongModules.find((one) => one.id === id);
    const row = await tryRuntime(fixture!, 1);
    expect(row.expected, row.message ?? 'not found out').toBe(true);
  });

  test('the same runtime gives the same rows', () => {
    const examine = () =>
      examineRuntime(reference, { chapters: CHAPTERS.slice(0, 3), isOver: () => 'once is enough' })
        .rows;
    expect(examine()).toEqual(examine());
  });

  test('a runtime that throws has crashed in its operation', () => {
    const seen = examineRuntime(
      {
        name: 'throws',
        open: (options) => ({
          ...openReferenceRuntime(options),
          find: () => {
            throw new RangeError('no such bucket');
          },
        }),
      },
      { chapters: CHAPTERS, isOver: (fold) => (fold.of('CRUD-FIND-001').witness ? 'seen' : null) },
    );
    expect(seen.verdict('CRUD-FIND-001')).toBe('crash');
    expect(seen.row('CRUD-FIND-001').message).toContain(
      'the runtime crashed (RangeError: no such bucket)',
    );
  });
});

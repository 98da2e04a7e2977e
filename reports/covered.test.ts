/**
 * Coverage and setting in every report: what was exercised, what never was and why, ordinary
 * violations first.
 */
import { expect, it } from 'vitest';
import { Coverage } from '../harness/conclude/coverage.ts';
import { goldenRecord } from '../harness/run/golden.fixture.ts';
import type { RunRecord } from '../harness/conclude/record.ts';
import { coveredOf } from './covered.ts';
import { FORMATS, GLANCES, render } from './reporter.ts';
import { violationsOf } from './violation-view.ts';

const guide = () => null;
const options = { colour: false, guide };

const recordWith = (part: Partial<RunRecord>): RunRecord => ({ ...goldenRecord(), ...part });

const covered = { ...new Coverage().counts, ordinaryRuns: 40, update: 1204, find: 880 };
const profile = { hasFind: true, hasUpdate: true, deleteStyle: 'none', helpers: [] };

it('says what was exercised, and what never was with its reason', () => {
  const said = coveredOf(recordWith({ covered, profile })).map(({ label, says }) => [label, says]);
  expect(said).toContainEqual(['succeeded', 'callbacks: update 1,204, find 880']);
  const [label, never] = said.at(-1)!;
  expect(label).toBe('never');
  expect(never).toContain('helper calls (none declared)');
  expect(never).toContain('delete (no such callback)');
  expect(never).toContain('allocations failed');
});

it('gives no reason that it does not know, and says nothing where nothing was counted', () => {
  const never = coveredOf(recordWith({ covered, profile: {} })).at(-1)?.says;
  expect(never).toContain('helper calls,');
  const { covered: _, ...older } = goldenRecord();
  expect(coveredOf(older)).toEqual([]);
  expect(coveredOf(recordWith({ covered: new Coverage().counts }))).toEqual([]);
});

it.each(FORMATS.filter((format) => !GLANCES.includes(format)))('stands in %s', async (format) => {
  const text = await render(format, recordWith({ covered, profile }), options);
  expect(text).toMatch(format === 'json' ? /"update": 1204/ : /update 1,204/);
});

it('shows what ordinary life breaks before what robustness probes break, however grave', async () => {
  const record = goldenRecord();
  const [first, second] = record.requirements;
  record.requirements = [
    { ...first!, verdict: 'crash', setting: 'robustness' },
    { ...second!, verdict: 'fail', setting: 'as-shipped-or-documented' },
  ];
  expect(violationsOf(record, guide, 80).map(({ id }) => id)).toEqual([second!.id, first!.id]);
  for (const format of ['summary', 'markdown', 'html'] as const) {
    const whole = await render(format, record, options);
    // Findings stand before; they have an order of their own.
    const text = whole.slice(whole.indexOf('Broken as the shipped') - 1);
    const places = [
      'Broken as the shipped',
      second!.id,
      'Broken under robustness probes only',
      first!.id,
    ].map((words) => text.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThan(0);
  }
  expect(await render('junit', record, options)).toContain('name="setting" value="robustness"');
});

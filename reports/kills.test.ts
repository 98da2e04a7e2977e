/** The kill matrix as a page tells it: what was found by the rule itself, and what was not. */
import { expect, it } from 'vitest';
import type { SelftestResult } from '../harness/conclude/kill-matrix.ts';
import { goldenRecord } from '../harness/run/golden.fixture.ts';
import { killsBy, killsOf } from './kills.ts';
import { render } from './reporter.ts';

const fault = (id: string, violates: string[], killedBy: string[], expected: boolean) => ({
  ...{ id, violates, killedBy, expected },
  ...{ message: null, runsToKill: null, operationsToKill: null },
});
const result: SelftestResult = {
  faults: [
    fault('F-1', ['LIFE-002'], ['LIFE-002', 'LIFE-006'], true),
    fault('F-2', ['LIFE-002'], ['LIFE-006'], false),
  ],
  variants: [
    { id: 'V-1', outcome: 'CONFORMANT', falseAlarms: [] },
    { id: 'V-2', outcome: 'NON-CONFORMANT', falseAlarms: ['REG-001 fail'] },
  ],
  runtimes: [fault('R-1', ['CRE-014'], ['CRE-014'], true), fault('right', [], [], true)],
  unproven: [],
  totals: {},
};

it('counts what the rule itself found, of all that break it', () => {
  const kills = killsOf(result);
  expect(killsBy(kills, 'LIFE-002')).toBe('1 of 2');
  expect(killsBy(kills, 'CRE-014')).toBe('1 of 1');
  expect(killsBy(kills, 'LIFE-006')).toBeNull();
  expect(kills.counts.map(([, count]) => count)).toEqual(['1 of 2', '1 of 2', '1 of 1', '1 of 1']);
});

it('stands in the page when it is given, and nowhere else', async () => {
  const options = { guide: () => ({ look: '' }), colour: false };
  const page = await render('html', goldenRecord(), { ...options, kills: killsOf(result) });
  expect(page).toContain('Kill matrix of this build');
  expect(page).toContain('<td data-head="kill matrix">none tried</td>');
  expect(await render('html', goldenRecord(), options)).not.toContain('id="proof"');
});

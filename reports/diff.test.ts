/** What a comparison says of causes: one that is new is never hidden behind a rule that was red. */
import { expect, it } from 'vitest';
import type { FindingRecord } from '../harness/conclude/record.ts';
import { recordOf, rowOf } from '../harness/run/golden.fixture.ts';
import { differenceOf, renderDifference } from './diff.ts';

const finding = (callback: string, nature: FindingRecord['nature'], ...rules: string[]) => ({
  ...{ key: `${callback}: ${nature}`, nature, callback, verdict: 'fail' as const },
  ...{ rule: rules[0]!, alsoBreaks: rules.slice(1), unjudged: [] },
  ...{ call: null, operation: null, seq: null, did: `did something to ${nature}` },
  message: 'expected: all is well; saw: it is not',
});
const record = (verdicts: Record<string, 'pass' | 'fail'>, findings?: FindingRecord[]) =>
  recordOf(
    Object.entries(verdicts).map(([id, verdict]) =>
      rowOf(id, verdict, verdict === 'fail' ? { message: 'expected: a; saw: b' } : {}),
    ),
    findings ? { findings } : {},
  );
const leak = finding('postprocess_map_delete', 'memory', 'LIFE-002', 'UNLOAD-005');
const guess = finding('preprocess_map_update_element', 'result', 'CONC-001');

it('puts changed rules under the cause that is new or gone', () => {
  const green = record({ 'LIFE-002': 'pass', 'UNLOAD-005': 'pass' });
  const red = record({ 'LIFE-002': 'fail', 'UNLOAD-005': 'fail' }, [leak]);
  const difference = differenceOf({ ...green, findings: [] }, red);
  expect(difference).toMatchObject({
    worse: 2,
    causes: [{ change: 'new', cause: leak.key, rules: ['LIFE-002', 'UNLOAD-005'] }],
  });
  expect(renderDifference(difference)).toMatch(
    /✗ new: postprocess_map_delete: memory\n {4}did something to memory\n {4}✗ LIFE-002 {2}pass → fail\n/,
  );
  expect(differenceOf(red, { ...green, findings: [] })).toMatchObject({
    worse: 0,
    causes: [{ change: 'gone', cause: leak.key }],
  });
});

it('finds a new cause behind a rule that stays red worse', () => {
  const rules = { 'CONC-001': 'fail' } as const;
  const other = finding('postprocess_map_delete_element', 'result', 'CONC-001');
  const difference = differenceOf(record(rules, [guess]), record(rules, [other]));
  expect(difference).toMatchObject({ changes: [], worse: 1 });
  expect(difference.causes.map(({ change }) => change)).toEqual(['new', 'gone']);
  expect(renderDifference(difference)).toContain('of the same verdict as before: CONC-001');
});

it('tells causes apart alike in both when one report is older than findings', () => {
  const rules = { 'CONC-001': 'fail' } as const;
  expect(differenceOf(record(rules), record(rules, [guess]))).toMatchObject({
    causes: [],
    worse: 0,
  });
});

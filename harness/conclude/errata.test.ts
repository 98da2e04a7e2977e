/**
 * What an erratum excuses: what the rule does not find under the reading that it names, and nothing
 * else.
 */
import { describe, expect, it } from 'vitest';
import type { Finding, Violation } from '../check/monitor.ts';
import type { TraceEvent } from '../trace/event.ts';
import { checkErrata, Errata, type JudgeAgain } from './errata.ts';
import { Fold } from './fold.ts';
import type { RequirementRecord } from './record.ts';

const errata = (seen = ''): Errata =>
  new Errata(
    checkErrata(
      'schema: custom-map-conformance/errata@1\n' +
        `errata: [{ rule: CRUD-DEL-004, contradiction: C-06, says: it is not used${seen} }]`,
      'it',
    ),
  );

/** Two operations, each with one event after its begin. */
const trace: TraceEvent[] = [1, 2].map((op, seq) => ({
  kind: 'operation-ended',
  seq,
  actor: 0,
  op,
  operation: { op: 'delete', map: 0, key: 0 },
  result: 'EBPF_SUCCESS',
}));

const at = (seq: number, kind: Violation['kind'] = 'violated'): Violation => ({
  kind,
  seq,
  expected: 'the entry stays',
  saw: 'it is gone',
});

/** What is left of a finding when the rule under the reading finds `shipped`. */
const left = (all: Violation[], shipped: Violation[], seen?: string): number[] => {
  const again: JudgeAgain = (_id, reading) => (reading === 'as-shipped' ? shipped : all);
  const finding: Finding = { id: 'CRUD-DEL-004', exercised: 2, violations: all.slice(0, 1) };
  const run = { plan: { name: 'p', actors: [] }, choices: [], trace };
  return errata(seen)
    .sift([finding], again, run)
    .flatMap(({ violations }) => violations.map(({ seq }) => seq));
};

describe('an erratum', () => {
  it('excuses what the reading allows', () => {
    expect(left([at(0), at(1)], [])).toEqual([]);
  });

  it('excuses nothing that breaks the rule under the reading too, in the same words or not', () => {
    expect(left([at(0), at(1)], [at(1)])).toEqual([1]);
    expect(left([at(0), at(1)], [{ ...at(1), saw: 'something else' }])).toEqual([1]);
  });

  it('finds the one among many that a finding no longer keeps', () => {
    expect(left([at(0), at(0), at(1)], [at(1)])).toEqual([1]);
  });

  it('excuses neither a loss nor what it does not describe', () => {
    expect(left([at(0, 'crash')], [])).toEqual([0]);
    expect(left([at(0)], [], ', seen: [it stays]')).toEqual([0]);
    expect(left([at(0)], [], ', seen: [is gone]')).toEqual([]);
  });

  it('does not fit where its rule is broken otherwise, and is stale where it is not broken', () => {
    const row = (verdict: RequirementRecord['verdict']): RequirementRecord =>
      ({ id: 'CRUD-DEL-004', verdict, waiver: null }) as RequirementRecord;
    const settled = (verdict: RequirementRecord['verdict']) => {
      const one = row(verdict);
      errata().settle([one]);
      return [one.verdict, one.waiver?.trouble];
    };
    expect(settled('fail')).toEqual(['fail', 'mismatching']);
    expect(settled('pass')).toEqual(['pass', 'stale']);
  });

  it('leaves other rules alone', () => {
    const fold = new Fold();
    const finding: Finding = { id: 'CRUD-DEL-003', exercised: 1, violations: [at(0)] };
    const run = { plan: { name: 'p', actors: [] }, choices: [], trace };
    fold.add(
      errata().sift([finding], () => [], run),
      run,
    );
    expect(fold.broken()).toEqual(['CRUD-DEL-003']);
  });

  it('stands once for each rule', () => {
    const one = '{ rule: CRUD-DEL-004, contradiction: C-06, says: it is not used }';
    const text = `schema: custom-map-conformance/errata@1\nerrata: [${one}, ${one}]`;
    expect(() => checkErrata(text, 'it')).toThrow('CRUD-DEL-004 stands there twice');
  });
});

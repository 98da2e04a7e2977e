/** merge gives back the whole run, or says in one sentence why it cannot. */
import { describe, expect, it } from 'vitest';
import { recordOf, rowOf } from '../run/golden.fixture.ts';
import { mergeShards } from './merge.ts';
import type { RequirementRecord, RunRecord } from './record.ts';

const IDS = ['REG-001', 'REG-002', 'REG-003'];
const verdicts: Record<
  string,
  Partial<RequirementRecord> & { verdict: RequirementRecord['verdict'] }
> = {
  'REG-001': { verdict: 'pass' },
  'REG-002': { verdict: 'fail', message: 'expected: a; saw: b' },
  'REG-003': { verdict: 'vacuous' },
};
const whole = recordOf(IDS.map((id) => rowOf(id, verdicts[id]!.verdict, verdicts[id])));

const shard = (index: number, of = 3, given: Partial<RunRecord> = {}) => ({
  name: `shard-${index}.json`,
  record: recordOf(
    IDS.map((id, at) =>
      at % of === index - 1
        ? rowOf(id, verdicts[id]!.verdict, verdicts[id])
        : rowOf(id, 'not-selected'),
    ),
    { selection: { suites: null, only: null, level: null, shard: `${index}/${of}` }, ...given },
  ),
});

describe('mergeShards', () => {
  it('restores rules, outcome, exit code and totals, in any order of the files', () => {
    const merged = mergeShards([shard(3), shard(1), shard(2)]);
    const { requirements, outcome, exitCode, totals, selection } = whole;
    expect(merged).toMatchObject({ requirements, outcome, exitCode, totals, selection });
    expect(shard(1).record.outcome).toBe('PARTIAL');
    expect(merged.outcome).toBe('NON-CONFORMANT');
    expect(merged.executed.runs).toBe(3 * whole.executed.runs);
  });

  it('joins what the verdict rests on: each shard excuses rules of its own', () => {
    const by = 'data';
    const grounds = (...excuses: string[]) => ({
      restsOn: [{ what: 'no find', by, excuses } as const],
    });
    const merged = mergeShards([
      shard(1, 2, grounds('REG-003')),
      shard(2, 2, {
        restsOn: [{ what: 'a', by: 'declared', excuses: [] }, ...grounds('REG-002').restsOn],
      }),
    ]);
    expect(merged.restsOn).toEqual([
      { what: 'a', by: 'declared', excuses: [] },
      { what: 'no find', by, excuses: ['REG-002', 'REG-003'] },
    ]);
  });

  it('joins a rule that several shards judged: the worst stands, the work adds up', () => {
    const both = (first: RequirementRecord, second: RequirementRecord) =>
      mergeShards(
        [first, second].map((row, index) => ({
          name: `${index}`,
          record: recordOf([row], {
            selection: { suites: null, only: null, level: null, shard: `${index + 1}/2` },
          }),
        })),
      ).requirements[0];
    expect(both(rowOf('REG-001', 'pass'), rowOf('REG-001', 'fail'))).toMatchObject({
      verdict: 'fail',
      runs: 80,
    });
    expect(both(rowOf('REG-001', 'vacuous'), rowOf('REG-001', 'pass'))).toMatchObject({
      verdict: 'pass',
    });
    expect(both(rowOf('REG-001', 'pass'), rowOf('REG-001', 'inconclusive'))).toMatchObject({
      verdict: 'inconclusive',
    });
  });

  it('a rule that two shards found broken has the causes of both', () => {
    const cause = (key: string, seen: number) => ({
      ...({ key, kind: 'violated', callback: null, expected: 'order', seen } as const),
    });
    const shards = [[cause('c-1', 2)], [cause('c-1', 1), cause('c-2', 1)]].map((causes, at) => ({
      name: `${at}`,
      record: recordOf([rowOf('REG-001', 'fail', { causes })], {
        selection: { suites: null, only: null, level: null, shard: `${at + 1}/2` },
      }),
    }));
    expect(mergeShards(shards).requirements[0]?.causes).toEqual([cause('c-1', 3), cause('c-2', 1)]);
  });

  it('a rule that no shard judged keeps the whole run from being green', () => {
    const shards = [1, 2].map((index) => ({
      name: `${index}`,
      record: recordOf([rowOf('REG-001', 'pass'), rowOf('REG-002', 'not-selected')], {
        selection: { suites: null, only: null, level: null, shard: `${index}/2` },
      }),
    }));
    expect(mergeShards(shards)).toMatchObject({ outcome: 'INCOMPLETE', exitCode: 2 });
  });

  it.each<[string, ReturnType<typeof shard>[]]>([
    ['none was named', []],
    ['shard 2/3 is missing', [shard(1), shard(3)]],
    ['shard 3/3 is missing', [shard(1), shard(2)]],
    ['shard 1/3 is there twice', [shard(1), shard(1), shard(2)]],
    ['is one of 2 shards', [shard(1), shard(2, 2)]],
    ['is no shard', [{ name: 'whole.json', record: whole }]],
    ['another seed', [shard(1), shard(2, 3, { seed: 2 }), shard(3)]],
    [
      'another subject',
      [shard(1), shard(2), shard(3, 3, { subject: { ...whole.subject, sha256: 'f' } })],
    ],
    [
      'another contract revision',
      [shard(1), shard(2, 3, { suite: { ...whole.suite, revision: 'draft' } }), shard(3)],
    ],
  ])('refuses with `%s`', (sentence, shards) => {
    expect(() => mergeShards(shards)).toThrowError(sentence);
  });
});

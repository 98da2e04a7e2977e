/** Whose a loss is: the rules that know what was done to which buffer, else who claims it, else the home rules. */
import { describe, expect, it } from 'vitest';
import { bootstrapProfile } from '../run/bootstrap-profile.ts';
import type { TraceEvent } from '../trace/event.ts';
import { judge, type Kept } from './judge.ts';
import type { Watch } from './monitor.ts';
import type { Requirement, SubjectContext } from './requirement.ts';

const rule = (id: string, watch: Watch): Requirement => ({
  ...{ id, asks: id, passing: id, look: id },
  watch,
});
const byDamage = rule('BUFFER', (say) => ({
  lost: (event) => event.damage && say.lost(event, 'buffers stay', 'damage'),
}));
const byCircumstance = rule('MOMENT', (say) => ({ lost: (event) => say.lost(event, 'returns') }));

const lost: TraceEvent = {
  ...{ kind: 'lost', call: 1, callback: 'stop', how: 'crash', error: 'SIGSEGV', detail: '' },
  ...{ op: 1, during: null, seq: 0, actor: 0 },
};
const named: TraceEvent = { ...lost, damage: [{ what: 'modified', buffer: 'key' }] };

const subject: SubjectContext = {
  ...{ kind: 'native', profile: bootstrapProfile(null), registrations: [] },
  ...{ revision: 'merged', enumHeader: null },
};

const brokenBy = (event: TraceEvent, rules: Requirement[]): string[] => {
  return judge(rules, [event], subject, () => ['HOME'])
    .filter(({ violations }) => violations.length > 0)
    .map(({ id }) => id);
};

describe('a loss', () => {
  it('of which the buffer is known belongs to the rules that judge by it, in any order', () => {
    expect(brokenBy(named, [byDamage, byCircumstance])).toEqual(['BUFFER']);
    expect(brokenBy(named, [byCircumstance, byDamage])).toEqual(['BUFFER']);
  });

  it('belongs to who claims it when no buffer is known, or nobody judges by it', () => {
    expect(brokenBy(lost, [byDamage, byCircumstance])).toEqual(['MOMENT']);
    expect(brokenBy(named, [byCircumstance])).toEqual(['MOMENT']);
  });

  it('goes home when nobody claims it', () => {
    expect(brokenBy(lost, [byDamage])).toEqual(['HOME']);
    expect(brokenBy(named, [])).toEqual(['HOME']);
  });
});

const service = (seq: number, name = 'log'): TraceEvent =>
  ({ kind: 'service', seq, actor: 0, call: 0, name, result: null }) as unknown as TraceEvent;

/** Complains of every service in its own words: what was expected before the colon, what was seen after it. */
const strict: Watch = (say) => ({
  service: (event) => {
    const [expected = '', saw = ''] = event.name.split(':');
    say.violated(event, expected, saw);
  },
});

const judged = (names: string[], kept?: Kept) =>
  judge(
    [rule('STRICT', strict)],
    names.map((name, seq) => service(seq, name)),
    subject,
    () => [],
    kept,
  )[0]!;
const many = (count: number, name: (at: number) => string): string[] =>
  Array.from({ length: count }, (_, at) => name(at));

describe('of many violations', () => {
  it('a few are kept, and as many more as show something else; the rest is counted', () => {
    const same = judged(many(9, () => 'a:b'));
    expect([same.violations.length, same.more, same.exercised]).toEqual([5, 4, 1]);
    const others = judged([...many(9, () => 'a:b'), ...many(30, (at) => `a:${at}`)]);
    expect([others.violations.length, others.more]).toEqual([20, 19]);
    expect(
      judged(
        many(9, () => 'a:b'),
        'all',
      ).violations,
    ).toHaveLength(9);
  });

  it('one that expected something else is kept behind any number of others', () => {
    const crowd = many(60, (at) => `a:${at}`);
    const { violations } = judged([...crowd, 'other:1', 'other:2']);
    expect(violations.slice(20).map(({ expected, saw }) => [expected, saw])).toEqual([
      ['other', '1'],
    ]);
    expect(judged(many(60, (at) => `${at}:a`)).violations).toHaveLength(40);
  });
});

/**
 * Whose a loss is: the rules that know what was done to which buffer, else who claims it, else the
 * home rules.
 */
import { describe, expect, it } from 'vitest';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { TraceEvent } from '../trace/event.ts';
import { judge, type Kept } from './judge.ts';
import type { Watch } from './monitor.ts';
import type { Requirement } from './requirement.ts';
import type { SubjectContext } from './subject.ts';

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

  it('is not claimed by a rule on a circumstance without which it comes as well', () => {
    const byClient = rule('CLIENT', (say) => ({
      lost: (event) => say.lost(event, 'returns', 'client'),
    }));
    expect(brokenBy(lost, [byClient])).toEqual(['CLIENT']);
    expect(brokenBy({ ...lost, ruledOut: ['client'] }, [byClient])).toEqual(['HOME']);
  });

  it('goes home when nobody claims it', () => {
    expect(brokenBy(lost, [byDamage])).toEqual(['HOME']);
    expect(brokenBy(named, [])).toEqual(['HOME']);
  });
});

const service = (seq: number, name = 'log'): TraceEvent =>
  ({ kind: 'service', seq, actor: 0, call: 0, name, result: null }) as unknown as TraceEvent;

/**
 * Complains of every service in its own words: what was expected before the colon, what was seen
 * after it.
 */
const strict: Watch = (say) => ({
  service: (event) => {
    const [expected = '', saw = ''] = event.name.split(':');
    say.violated(event, expected, saw);
  },
});

const many = (count: number, name: (at: number) => string): string[] =>
  Array.from({ length: count }, (_, at) => name(at));

const unless = (by: 'data' | 'probed'): Requirement['applies'] => [
  { holds: () => false, otherwise: [{ by, why: by }] },
];
const started = (probes: string[]): TraceEvent =>
  ({
    ...{ kind: 'run-started', seq: 0, actor: 0, plan: 'p', probes },
    conditions: { probes_only: true },
  }) as unknown as TraceEvent;
const ids = (rules: Requirement[], trace: TraceEvent[], home: string[] = []): string[] =>
  judge(rules, trace, subject, () => home).map(({ id }) => id);

describe('a rule', () => {
  const other = rule('OTHER', strict);

  it('of which the subject is excused is not watched, nor blamed for a loss', () => {
    const excused = { ...other, applies: unless('data')! };
    expect(ids([excused], [service(0)])).toEqual([]);
    expect(ids([excused], [lost], ['OTHER'])).toEqual([]);
    expect(ids([{ ...other, applies: unless('probed')! }], [service(0)])).toEqual(['OTHER']);
  });

  it('hears of those maps only to which it applies', () => {
    const excusedOf = (map: string): Requirement => ({
      ...rule('MAPS', (say) => ({ 'map-created': (event) => say.violated(event, event.map, '') })),
      applies: [
        {
          holds: (about) => about !== contexts.get(map),
          otherwise: [{ by: 'data', why: 'of this map' }],
        },
      ],
    });
    const contexts = new Map(['map-1', 'map-2'].map((map) => [map, { ...subject }]));
    const trace = [...contexts.keys()].map(
      (map, seq) => ({ kind: 'map-created', seq, actor: 0, map }) as unknown as TraceEvent,
    );
    const subjects = { base: subject, maps: contexts };
    const [finding] = judge([excusedOf('map-1')], trace, subjects, () => []);
    expect(finding?.violations.map(({ expected }) => expected)).toEqual(['map-2']);
    const only = { base: subject, maps: new Map([...contexts].slice(0, 1)) };
    expect(judge([excusedOf('map-1')], trace.slice(0, 1), only, () => [])).toEqual([]);
  });

  it('is judged in runs that are for others by what of it holds there, and by no more', () => {
    const mild: Watch = (say) => ({ misuse: (event) => say.violated(event, 'mild', '') });
    const both = { ...rule('BOTH', strict), aside: mild };
    const misuse = { ...service(1), kind: 'misuse' } as unknown as TraceEvent;
    expect(ids([both], [started(['OTHER']), service(1)])).toEqual([]);
    expect(ids([both], [started(['OTHER']), misuse])).toEqual(['BOTH']);
    expect(ids([both], [started(['BOTH']), misuse])).toEqual([]);
    expect(ids([both], [started(['BOTH']), service(1)])).toEqual(['BOTH']);
  });

  it('is judged alone in a run that is for it alone, losses included', () => {
    const rules = [rule('STRICT', strict), other];
    expect(ids(rules, [started(['OTHER']), service(1)])).toEqual(['OTHER']);
    expect(ids(rules, [service(0), service(1)])).toEqual(['STRICT', 'OTHER']);
    const end = { ...lost, seq: 1 };
    expect(ids([], [started(['FIRST', 'SECOND']), end], ['HOME'])).toEqual(['FIRST']);
  });

  it('that was neither exercised nor broken is not spoken of', () => {
    expect(ids([rule('QUIET', () => ({}))], [service(0)])).toEqual([]);
    const exercised = rule('DONE', (say) => ({ service: () => say.exercised() }));
    expect(ids([exercised], [service(0)])).toEqual(['DONE']);
  });

  it('hears of the end of a run that came to its end', () => {
    const late = rule('LATE', (say) => ({ end: (last) => say.violated(last, 'e', 's') }));
    const end = { kind: 'run-ended', seq: 1, actor: 0 } as unknown as TraceEvent;
    expect(ids([late], [service(0), end])).toEqual(['LATE']);
    expect(ids([late], [service(0)])).toEqual([]);
  });
});

it('claims on one loss do not outdo those on another', () => {
  const rules = [byDamage, byCircumstance];
  const found = judge(rules, [named, { ...lost, seq: 1 }], subject, () => []);
  expect(found.map(({ id, violations }) => [id, violations.map(({ seq }) => seq)])).toEqual([
    ['BUFFER', [0]],
    ['MOMENT', [1]],
  ]);
});

it('a crash is kept behind violations of the same words', () => {
  const watch: Watch = (say) => ({
    service: (event) => say.violated(event, 'returns', `${event.seq}`),
    lost: (event) => say.lost(event, 'returns'),
  });
  const trace = [...many(30, (at) => `${at}`).map((name, seq) => service(seq, name)), lost];
  const [finding] = judge([rule('ALL', watch)], trace, subject, () => []);
  expect(finding?.violations.at(-1)?.kind).toBe('crash');
});

const judged = (names: string[], kept?: Kept) =>
  judge(
    [rule('STRICT', strict)],
    names.map((name, seq) => service(seq, name)),
    subject,
    () => [],
    kept,
  )[0]!;

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

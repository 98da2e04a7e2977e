/** Who may say that a rule does not bind: what excuses for good goes before what was only seen. */
import { describe, expect, it } from 'vitest';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { exemptOf, isWatched, type Condition, type Exempt } from './condition.ts';
import type { SubjectContext } from './subject.ts';

const subjectWith = (source: Record<string, string>): SubjectContext => ({
  ...{ kind: 'native', registrations: [], revision: 'merged', enumHeader: null },
  profile: { ...bootstrapProfile(null), source } as SubjectContext['profile'],
});
const subject = subjectWith({});
const condition = (otherwise: Exempt[], isTrue = false): Condition => ({
  holds: () => isTrue,
  otherwise,
});
const by = (ground: Exempt['by'], more: Partial<Exempt> = {}): Exempt => ({
  ...{ by: ground, why: ground },
  ...more,
});
const whyOf = (conditions: Condition[] | undefined, about = subject): string | null =>
  exemptOf(conditions, about)?.why ?? null;

describe('a condition', () => {
  it('that holds, or that is not there, excuses nothing', () => {
    expect(whyOf(undefined)).toBeNull();
    expect(whyOf([condition([by('data')], true)])).toBeNull();
  });

  it('excuses by the first reason that fits', () => {
    const reasons = [by('data', { where: () => false }), by('probed'), by('contract')];
    expect(whyOf([condition(reasons)])).toBe('probed');
    expect(whyOf([condition([by('data', { where: () => false })])])).toBeNull();
  });

  it('excuses by declaration only where the member was declared', () => {
    const reasons = [by('declared', { on: 'userLookup' }), by('probed')];
    expect(whyOf([condition(reasons)])).toBe('probed');
    expect(whyOf([condition(reasons)], subjectWith({ userLookup: 'probed' }))).toBe('probed');
    expect(whyOf([condition(reasons)], subjectWith({ userLookup: 'declared' }))).toBe('declared');
    expect(whyOf([condition([by('declared')])])).toBeNull();
  });

  it('of several, the strongest ground is given, in whatever order they stand', () => {
    const order = ['data', 'contract', 'declared', 'probed', 'occasion'] as const;
    const all = order.map((one) => condition([by(one, { on: 'userLookup' })]));
    const declared = subjectWith({ userLookup: 'declared' });
    order.forEach((ground, at) => {
      expect(whyOf(all.slice(at), declared)).toBe(ground);
      expect(whyOf(all.slice(at).reverse(), declared)).toBe(ground);
    });
  });
});

it('a rule is watched unless the subject is excused for good', () => {
  const watched = (['data', 'contract', 'declared', 'probed', 'occasion'] as const).filter((one) =>
    isWatched(
      [condition([by(one, { on: 'userLookup' })])],
      subjectWith({ userLookup: 'declared' }),
    ),
  );
  expect(watched).toEqual(['probed', 'occasion']);
  expect(isWatched(undefined, subject)).toBe(true);
});

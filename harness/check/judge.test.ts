/** Whose a loss is: the rules that know what was done to which buffer, else who claims it, else the home rules. */
import { describe, expect, it } from 'vitest';
import { bootstrapProfile } from '../run/bootstrap-profile.ts';
import type { TraceEvent } from '../trace/event.ts';
import { judge } from './judge.ts';
import type { Watch } from './monitor.ts';
import type { Requirement } from './requirement.ts';

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

const brokenBy = (event: TraceEvent, rules: Requirement[]): string[] => {
  const subject = {
    ...{ kind: 'native' as const, profile: bootstrapProfile(null), registrations: [] },
    ...{ revision: 'merged' as const, enumHeader: null },
  };
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

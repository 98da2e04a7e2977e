/** Which rules judge a run, and against whom a loss is held. */
import { describe, expect, it } from 'vitest';
import type { Finding } from '../check/monitor.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import type { Chapter } from '../conclude/chapter.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { Attribution } from './attribution.ts';
import type { DueRun } from './plans.ts';

const rule = (id: string): Requirement => ({ id, asks: '', passing: '', look: '' });
const chapterOf = (name: string, ...ids: string[]): Chapter => ({
  ...{ name, about: '', scenarios: [], requirements: ids.map(rule) },
});
const chapters = [
  chapterOf('update', 'CRUD-UPD-001', 'CRUD-UPD-003'),
  chapterOf('flags', 'FLAG-005'),
];
const attribution = (): Attribution =>
  new Attribution({
    chapters,
    requirements: chapters.flatMap(({ requirements }) => requirements),
    subject: { kind: 'in-process' } as SubjectContext,
  });

const run = (more: Partial<DueRun> = {}, conditions = {}): DueRun => ({
  ...{ suite: 'update', dialect: 'as-documented', generated: false, choices: [] },
  plan: { name: 'p', actors: [], conditions },
  ...more,
});
const ids = (rules: readonly Requirement[]): string[] => rules.map(({ id }) => id);

describe('a run that some chapters judge', () => {
  const narrow = run({ judgedBy: ['update'] });

  it('is judged by their rules, and those of the harness in its own chapter', () => {
    expect(ids(attribution().rulesOf(narrow))).toEqual(['CRUD-UPD-001', 'CRUD-UPD-003']);
  });

  it('is judged by all rules of the subject where the subject was lost', () => {
    expect(ids(attribution().rulesOf(narrow, true))).toContain('FLAG-005');
  });
});

describe('a loss in a probe', () => {
  const lost = (ruledOut?: EventOf<'lost'>['ruledOut']): TraceEvent[] => [
    {
      ...{ kind: 'lost', call: 1, callback: 'stop', how: 'crash', error: '', detail: '' },
      ...{ op: 1, during: null, seq: 0, actor: 0, ...(ruledOut ? { ruledOut } : {}) },
    },
  ];
  const crash: Finding = {
    ...{ id: 'CRUD-UPD-003', exercised: 1 },
    violations: [{ kind: 'crash', seq: 0, expected: 'e', saw: 's' }],
  };
  const probe = run({ plan: { name: 'q', actors: [], conditions: { fail_allocation: 1 } } });

  /** Of other operations: those that are the probe's own are no news. */
  const ordinary = run({ plan: { name: 'r', actors: [{} as never] } });

  it('that comes without the probe is not held against it once an ordinary plan has shown it', () => {
    const known = attribution();
    expect(known.found(probe, [crash], lost(['probe']))).toEqual([crash]);
    expect(known.found(ordinary, [crash], lost())).toEqual([crash]);
    expect(known.found(probe, [crash], lost(['probe']))).toEqual([]);
  });

  it('is held against it where nothing says that it comes without', () => {
    const known = attribution();
    known.found(ordinary, [crash], lost());
    expect(known.found(probe, [crash], lost())).toEqual([crash]);
  });
});

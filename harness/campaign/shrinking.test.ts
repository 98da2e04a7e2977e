/** A witness is made smaller by runs, as long as they may be made. */
import { expect, it } from 'vitest';
import type { Witness } from '../conclude/fold.ts';
import type { Operation } from '../trace/plan.ts';
import { sequential } from '../trace/plan.ts';
import { operationsIn, shrinkWitness } from './shrinking.ts';
import type { Trial } from './trial.ts';

const violation = { kind: 'violated' as const, seq: 0, expected: 'e', saw: 's' };
const create: Operation = { op: 'create', map: 0 };
const many = sequential('many', [{ op: 'start' }, create, ...Array(8).fill({ op: 'drain' })]);
const witness: Witness = { violation, plan: many, choices: [], trace: [] };

/** Broken by every plan that creates a map. */
const trial = (): { trial: Trial; runs: () => number } => {
  let runs = 0;
  return {
    runs: () => runs,
    trial: {
      limits: {
        runs: { violated: 100, warned: 100, crash: 100, hang: 100 },
        ...{ lost: { crash: 1, hang: 1 }, rules: 1 },
      },
      isRepeatable: ({ actors }) => actors.length > 0,
      run: () => {
        runs += 1;
        return Promise.resolve({ trace: [], branches: [], spoiled: false });
      },
      judge: (id, { plan }) => ({
        ...{ id, exercised: 1 },
        violations: plan.actors[0]!.operations.some(({ op }) => op === 'create') ? [violation] : [],
      }),
      rowOf: () => undefined,
    },
  };
};

it('to what breaks the rule', async () => {
  const { trial: made } = trial();
  const small = await shrinkWitness('X', witness, made);
  expect(small.plan.actors[0]!.operations).toEqual([create]);
});

it('not at all when it is over, or cannot be repeated', async () => {
  const { trial: made, runs } = trial();
  const isOver = (): boolean => true;
  expect(operationsIn((await shrinkWitness('X', witness, made, { isOver })).plan)).toBe(10);
  const threads = { ...witness, plan: { ...many, actors: [] } };
  expect(await shrinkWitness('X', threads, made)).toBe(threads);
  expect(runs()).toBe(0);
});

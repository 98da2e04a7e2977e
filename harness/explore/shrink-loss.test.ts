/**
 * The smallest run that is lost: operations that did not matter go, the change of actor that did
 * stays.
 */
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../trace/event.ts';
import type { Operation } from '../trace/plan.ts';
import type { PlannedRun } from './generate.ts';
import { shrinkLoss } from './shrink-loss.ts';

const budget = { runsMax: 300, lossesMax: 8 };
/** Phases of an operation in this test. */
const phases = 4;

const runOf = (operations: Operation[], choices: number[]): PlannedRun => ({
  plan: {
    name: 'p',
    actors: [
      { caller: 'user', process: 1, operations },
      { caller: 'user', process: 1, operations: [{ op: 'find', map: 0, key: 0 }] },
    ],
  },
  choices,
});

const begun = (...counts: number[]): TraceEvent[] =>
  counts.flatMap((count, actor) =>
    Array.from({ length: count }, (_, op) => ({ kind: 'operation-started', actor, op }) as never),
  );

const noise: Operation = { op: 'next_key', map: 0, key: null };
const operations: Operation[] = [
  { op: 'start' },
  { op: 'create', map: 0 },
  noise,
  noise,
  { op: 'delete', map: 0, key: 0 },
  noise,
  noise,
];

/**
 * Lost when the second actor moves within the delete of the first, which follows a start and a
 * create.
 */
const isLost = ({ plan, choices }: PlannedRun): boolean => {
  const names = plan.actors[0]!.operations.map(({ op }) => op);
  const at = names.indexOf('delete');
  if (plan.actors.length < 2 || names[0] !== 'start' || names[1] !== 'create' || at < 0)
    return false;
  const change = choices.findIndex((choice) => choice !== 0);
  return change > at * phases && change < (at + 1) * phases;
};

describe('shrinkLoss', () => {
  const choices = [...Array.from({ length: 4 * phases + 1 }, () => 0), 1];

  it('leaves out what began and did not matter, and moves the change of actor with it', async () => {
    let losses = 0;
    const small = await shrinkLoss(
      runOf(operations, choices),
      begun(5, 1),
      (candidate) => {
        if (isLost(candidate)) losses += 1;
        return Promise.resolve(isLost(candidate));
      },
      budget,
    );
    expect(small.plan.actors.map((actor) => actor.operations.map(({ op }) => op))).toEqual([
      ['start', 'create', 'delete'],
      ['find'],
    ]);
    expect(isLost(small)).toBe(true);
    expect(losses).toBeLessThanOrEqual(budget.lossesMax);
  });

  it('leaves the choices out where the plain order is lost too', async () => {
    const small = await shrinkLoss(
      runOf(operations, choices),
      begun(5, 1),
      ({ plan }) => Promise.resolve(plan.actors[0]!.operations.some(({ op }) => op === 'delete')),
      budget,
    );
    expect(small.choices).toEqual([]);
    expect(small.plan.actors).toHaveLength(1);
  });

  it('asks for no more losses than it may', async () => {
    let runs = 0;
    await shrinkLoss(runOf(operations, []), begun(7, 1), () => Promise.resolve((runs += 1) > 0), {
      runsMax: 100,
      lossesMax: 2,
    });
    expect(runs).toBe(2);
  });
});

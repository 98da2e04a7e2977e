/** Batches: everything is run and taken once, in order, until there is a reason to end. */
import { expect, it } from 'vitest';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import { inBatches } from './batches.ts';

/** An executor that answers each job with its name, and remembers what it was handed at once. */
const listening = (): { executor: Executor; handed: number[] } => {
  const handed: number[] = [];
  const run = (jobs: readonly Job[]): Promise<RunResult[]> => {
    handed.push(jobs.length);
    return Promise.resolve(jobs.map((job) => ({ trace: [job.plan] }) as unknown as RunResult));
  };
  return { executor: { run } as unknown as Executor, handed };
};

const work = async (count: number, isOver: () => string | null) => {
  const { executor, handed } = listening();
  const taken: number[] = [];
  const through: number[] = [];
  const reason = await inBatches(
    Array.from({ length: count }, (_, at) => at),
    {
      ...{ executor, size: 2, isOver, taken: (done) => void through.push(done) },
      jobOf: (item) => ({ plan: item }) as unknown as Job,
      take: (item, { trace }) => {
        expect(trace).toEqual([item]);
        taken.push(item);
      },
    },
  );
  return { reason, handed, taken, through };
};

it('all are run, the last ones too', async () => {
  expect(await work(5, () => null)).toEqual({
    ...{ reason: null, handed: [2, 2, 1], taken: [0, 1, 2, 3, 4], through: [2, 4, 5] },
  });
  expect((await work(0, () => 'spent')).reason).toBeNull();
});

it('a reason ends them between two batches; what was handed over meanwhile is not taken', async () => {
  const { reason, handed, taken } = await work(6, () => 'spent');
  expect({ reason, handed, taken }).toEqual({ reason: 'spent', handed: [2, 2], taken: [0, 1] });
});

it('a reason that comes when all is done is none', async () => {
  expect((await work(2, () => 'spent')).reason).toBeNull();
});

/**
 * A stored run of a runtime shows again what it was stored for, be it the first violation or one
 * behind it.
 */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runtimePlans } from '../explore/runtime-plans.ts';
import { openRuntimeExecutor, runtimeJob } from '../campaign/runtime-campaign.ts';
import { runtimeTrial } from '../campaign/runtime-trial.ts';
import { shrinkWitness } from '../campaign/shrinking.ts';
import { messageOf } from '../conclude/conclude.ts';
import { examineRuntime } from './in-process-runtime.fixture.ts';
import type { RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import { CHAPTERS, RUNTIME_LAW } from './chapters.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { openReferenceRuntime } from '../execute/reference-runtime.ts';
import { replay } from './replay.ts';
import { judgeRuntime, runtimeRules } from '../runtime/runtime-judging.ts';
import { runAgainst } from '../execute/runtime-run.ts';

const library = fileURLToPath(
  new URL(
    '../../fixtures/runtimes/r-crud-upd-002-1-stores-what-the-user-wrote.ts',
    import.meta.url,
  ),
);
const opened = { config: null, timeoutMs: null, inProcess: true };
const rule = 'CRUD-UPD-002';

/** A plan in which the rule is broken in several ways, with what is said of each. */
const storedRun = async (): Promise<{ plan: ReplayFile['plan']; messages: string[] }> => {
  const executor = await openRuntimeExecutor(library, opened);
  const rules = runtimeRules(CHAPTERS).filter(({ id }) => id === rule);
  try {
    for (const made of runtimePlans('merged', { seed: 1, generated: 0 })) {
      const job = runtimeJob(made, 'merged');
      const [result] = await executor.run([job]);
      const { trace } = result!;
      const violations = judgeRuntime(rules, trace, 'merged', { law: RUNTIME_LAW }).flatMap(
        (one) => one.violations,
      );
      const messages = violations.map((violation) =>
        messageOf({ violation, plan: job.plan, choices: [], trace }),
      );
      if (new Set(messages).size > 1) return { plan: job.plan, messages };
    }
  } finally {
    await executor.close();
  }
  throw new Error('no plan shows two violations');
};

it('the last of several violations is found again, a foreign one is not', async () => {
  const { plan, messages } = await storedRun();
  const again = (message: string) => {
    const stored: ReplayFile = {
      schema: 'custom-map-conformance/replay@1',
      subject: { kind: 'runtime', name: 'it', sha256: '' },
      ...{ requirement: rule, revision: 'merged', seed: 1, plan, choices: [], message },
    };
    return replay({ ...opened, replay: stored, folder: '.', subject: library, nmr: null });
  };
  const last = messages.at(-1)!;
  expect(last).not.toBe(messages[0]);
  expect(await again(last)).toMatchObject({ reproduced: true, message: last });
  expect(await again('something else')).toMatchObject({
    ...{ reproduced: false, verdict: 'fail', message: messages[0] },
  });
});

it('a run that lost the runtime is made smaller too, by few losses', async () => {
  const runtime = {
    name: 'throws',
    open: (options: Parameters<typeof openReferenceRuntime>[0]) => ({
      ...openReferenceRuntime(options),
      find: () => {
        throw new RangeError('no such bucket');
      },
    }),
  };
  const { fold } = examineRuntime(runtime, {
    chapters: CHAPTERS,
    isOver: (seen) => (seen.of('CRUD-FIND-001').witness ? 'seen' : null),
  });
  const found = fold.of('CRUD-FIND-001').witness!;
  const [actor] = found.plan.actors;
  // Two more creations before, which the loss does not need.
  const more = actor!.operations.slice(0, 1).flatMap((one) => [one, one, one]);
  const plan = {
    ...found.plan,
    actors: [{ ...actor!, operations: [...more, ...actor!.operations.slice(1)] }],
  };
  const conditions = { dialect: 'as-documented', revision: 'merged' } as const;
  const runs = (jobs: { plan: ReplayFile['plan'] }[]): Pick<RunResult, 'trace' | 'diverged'>[] =>
    jobs.map((job) => ({
      trace: runAgainst(runtime.open({ revision: 'merged' }), job.plan, conditions),
      diverged: false,
    }));
  const { trace } = runs([{ plan }])[0]!;
  let lost = 0;
  const executor = {
    run: async (jobs: { plan: ReplayFile['plan'] }[]) => {
      const results = runs(jobs);
      lost += results.filter((one) => one.trace.some(({ kind }) => kind === 'lost')).length;
      return results;
    },
  } as unknown as Executor;
  const witness = { ...found, plan, trace };
  const small = await shrinkWitness(
    'CRUD-FIND-001',
    witness,
    runtimeTrial({ executor, law: RUNTIME_LAW, revision: 'merged' }),
  );
  expect(small.violation.kind).toBe('crash');
  expect(small.plan.actors[0]!.operations.length).toBeLessThan(plan.actors[0]!.operations.length);
  expect(lost).toBeLessThanOrEqual(8);
});

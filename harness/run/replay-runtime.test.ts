/** A stored run of a runtime shows again what it was stored for, be it the first violation or one behind it. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runtimePlans } from '../explore/runtime-plans.ts';
import { openRuntimeExecutor, runtimeJob } from './certify-runtime.ts';
import { messageOf } from './conclude.ts';
import { CHAPTERS } from './law.ts';
import type { ReplayFile } from './record.ts';
import { replay } from './replay.ts';
import { judgeRuntime, runtimeRules } from './runtime-judging.ts';

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
      const violations = judgeRuntime(rules, trace, 'merged').flatMap((one) => one.violations);
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

/** Which creation a map came of, when several are under way. */
import { expect, test } from 'vitest';
import passThrough from '../../fixtures/providers/pass-through.ts';
import { openModule } from '../../harness/adapters/in-process.ts';
import { probe } from '../../harness/campaign/probe.ts';
import { judge } from '../../harness/check/judge.ts';
import { executeRun } from '../../harness/execute/execute.ts';
import { moduleExecutor } from '../../harness/run/in-process.fixture.ts';
import type { Operation, Plan } from '../../harness/trace/plan.ts';
import { rule } from './DISC-004.ts';

test('a creation that has not attached yet does not take the map of another', async () => {
  const probed = await probe(moduleExecutor(passThrough, null), null, 'merged');
  const actor = (operations: Operation[]) => ({ caller: 'user' as const, process: 1, operations });
  const plan: Plan = {
    name: 'two creations',
    actors: [actor([{ op: 'start' }, { op: 'create', map: 1 }]), actor([{ op: 'create', map: 0 }])],
  };
  const subject = {
    kind: 'in-process' as const,
    profile: probed.profile,
    registrations: probed.registrations,
    revision: 'merged' as const,
    enumHeader: null,
  };
  // The second begins, then the first starts the module and makes its map.
  const job = { plan, choices: [1], conditions: {}, profile: probed.profile };
  const { trace } = executeRun(job, openModule(passThrough), null);
  const [finding] = judge([rule], trace, subject, () => []);
  expect(finding).toMatchObject({ exercised: 2, violations: [] });
});

/** Counterexamples of earlier runs: made first, judged as any run, and never of another role. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { decodeReplay, tokenIn } from './replay-token.ts';
import { certify } from '../certify.ts';
import type { ReplayFile } from '../conclude/record.ts';
import * as engine from './certify.ts';
import { regressionRuns } from './regressions.ts';

const file = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

it('are run first, judged like any run, and of one role', async () => {
  const wrong = file('faults/m-015-leaks-on-refusal.ts');
  const found = await certify({ subject: wrong, only: ['REG-017'], runs: 1 });
  const before = found.requirements.find(({ id }) => id === 'REG-017')!;
  const replay = decodeReplay(tokenIn(before.counterexample!.replay)!) as ReplayFile;
  const ran: string[] = [];
  const record = await engine.certify({
    ...{ subject: wrong, config: null, suites: null, only: ['REG-017'], level: null },
    ...{ revision: 'merged', dialects: ['as-documented', 'as-shipped', 'detach-first'] },
    ...{ seed: 1, runs: 1, budgetMs: null, timeoutMs: null, jobs: 1, shard: null },
    ...{ lowMemory: false, stress: false, waivers: null, inProcess: false, nmr: null },
    ...{ enumHeader: null, out: null, progress: () => undefined },
    regressions: [replay],
    ran: ({ plan }) => ran.push(plan.name),
  });
  const after = record.requirements.find(({ id }) => id === 'REG-017')!;
  expect(ran[0]).toMatch(/^regression of REG-017: /);
  expect(after).toMatchObject({ verdict: 'fail', runs: before.runs + 1 });
  expect(record.notes).toContain('run before all else: counterexamples of earlier runs, 1');
  expect(() => regressionRuns([replay], 'runtime')).toThrow(
    /is of a in-process subject; a runtime/,
  );
});

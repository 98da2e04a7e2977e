import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stableJson } from '../../reports/json.ts';
import { renderJunit } from '../../reports/junit.ts';
import { CATALOGUE } from '../abi/catalogue.ts';
import { certify } from './certify.ts';
import type { CertifyOptions } from './options.ts';

const guide = (): null => null;
const root = fileURLToPath(new URL('../../', import.meta.url));
const options = (more: Partial<CertifyOptions> = {}): CertifyOptions => ({
  subject: null,
  config: null,
  suites: null,
  only: null,
  level: null,
  revision: 'merged',
  dialects: ['as-documented', 'as-shipped', 'detach-first'],
  seed: 1,
  runs: 2,
  budgetMs: null,
  timeoutMs: null,
  jobs: 1,
  shard: null,
  lowMemory: false,
  stress: false,
  waivers: null,
  inProcess: false,
  nmr: null,
  enumHeader: null,
  out: null,
  errata: null,
  progress: () => undefined,
  ...more,
});
const fixture = (name: string): string => path.join(root, 'fixtures', name);

describe('certify', () => {
  it('finds the embedded provider conformant, every rule of the catalogue in a row of its own', async () => {
    const record = await certify(options());
    expect(record.outcome).toBe('CONFORMANT');
    expect(record.exitCode).toBe(0);
    expect(record.requirements.map((row) => row.id)).toEqual(CATALOGUE.map((row) => row.id));
    for (const row of record.requirements) {
      if (row.verdict === 'pass') expect(row.exercised, row.id).toBeGreaterThan(0);
      if (row.verdict === 'not-applicable') expect(row.reason, row.id).toBeTruthy();
    }
    const must = record.requirements.filter(
      (row) => row.subject === 'provider' && row.level.startsWith('MUST'),
    );
    expect(must.filter((row) => !['pass', 'not-applicable'].includes(row.verdict))).toEqual([]);
  });

  it('gives the same bytes for the same seed, and other plans for another', async () => {
    const chapters = { suites: ['lifecycle', 'unload'] };
    const once = await certify(options(chapters));
    const again = await certify(options(chapters));
    const other = await certify(options({ ...chapters, seed: 2 }));
    expect(stableJson(again)).toBe(stableJson(once));
    expect(renderJunit(again, { guide })).toBe(renderJunit(once, { guide }));
    expect(other.chapters).not.toEqual(once.chapters);
    expect(once.outcome).toBe('PARTIAL');
    expect(once.exitCode).toBe(0);
  });

  it('names rule, operation and callback of a violation, and how to repeat it', async () => {
    const record = await certify(
      options({
        subject: fixture('faults/m-040-frees-the-binding-too.ts'),
        suites: ['lifecycle', 'unload'],
      }),
    );
    expect(record.exitCode).toBe(1);
    const broken = record.requirements.filter(
      (row) => row.verdict === 'fail' || row.verdict === 'crash',
    );
    expect(broken.map((row) => row.id)).toContain('LIFE-005');
    const row = broken.find((one) => one.id === 'LIFE-005')!;
    expect(row.at?.callback).toBeTruthy();
    expect(row.counterexample?.replay).toMatch(/^mapcert replay r1\.\S+ --subject /);
    expect(
      row.counterexample?.plan.actors.flatMap((actor) => actor.operations).length,
    ).toBeLessThanOrEqual(6);
  });
});

/**
 * Certifying behind an external NMR: right drivers conform, wrong ones are caught, what is hidden
 * is not passed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNative, type BuiltFixture } from '../native/build.ts';
import { certify } from './certify.ts';
import type { CertifyOptions } from './options.ts';
import type { RequirementRecord, RunRecord } from '../conclude/record.ts';

let built: readonly BuiltFixture[] = [];
let folder = '';
beforeAll(async () => {
  built = await buildNative('nmr');
  folder = mkdtempSync(path.join(os.tmpdir(), 'external-nmr-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const library = (name: string): string =>
  built.find((one) => one.name === name)?.library ?? `no fixture ${name}`;

const certifyDriver = (name: string, more: Partial<CertifyOptions> = {}): Promise<RunRecord> =>
  certify({
    ...{ subject: library(`nmr-drivers/${name}`), nmr: library('nmr/nmr') },
    ...{ config: null, suites: null, only: null, level: null, revision: 'merged' },
    dialects: ['as-documented', 'as-shipped', 'detach-first'],
    ...{ seed: 1, runs: 1, budgetMs: null, timeoutMs: null, jobs: 1, shard: null },
    ...{ lowMemory: false, stress: false, waivers: null, inProcess: false },
    ...{ enumHeader: null, out: null, progress: () => undefined },
    ...more,
  });

const rowOf = ({ requirements }: RunRecord, id: string): RequirementRecord =>
  requirements.find((row) => row.id === id)!;

describe('a right driver', () => {
  it('conforms, once it says which program types it takes', async () => {
    const accept = ['f788ef4a-207d-4dc3-85cf-0f2ea107213c'];
    const config = path.join(folder, 'mapcert.config.json');
    writeFileSync(config, JSON.stringify({ programTypes: { accept } }));
    const record = await certifyDriver('object-map', { config });
    expect([record.outcome, record.exitCode]).toEqual(['CONFORMANT', 0]);
  });

  it.each(['accounting-map', 'pass-through'])('%s comes and goes as it must', async (name) => {
    const record = await certifyDriver(name, { suites: ['registration'] });
    expect([record.outcome, record.exitCode]).toEqual(['PARTIAL', 0]);
  });

  it('passes nothing that the NMR hides', async () => {
    const glue = await certifyDriver('object-map', {
      suites: ['registration', 'unload', 'caller'],
    });
    const driver = await certifyDriver('object-driver', {
      suites: ['registration', 'unload', 'caller'],
    });
    for (const record of [glue, driver]) {
      for (const id of ['REG-004', 'REG-013', 'REG-017', 'UNLOAD-001', 'UNLOAD-005']) {
        expect(rowOf(record, id), id).toMatchObject({ verdict: 'not-applicable', exercised: 0 });
        expect(rowOf(record, id).reason, id).toMatch(/external NMR/);
      }
      expect(rowOf(record, 'UNLOAD-003').verdict).toBe('pass');
      expect(rowOf(record, 'UNLOAD-003').advisory).not.toHaveProperty('detach-first');
      expect(record.notes.join()).toMatch(/detach-first reading was not run/);
    }
    expect(rowOf(glue, 'IRQL-007').verdict).toBe('pass');
    expect(rowOf(driver, 'IRQL-007')).toMatchObject({
      verdict: 'not-applicable',
      reason: expect.stringContaining('the library that the driver is linked against') as string,
    });
  });
});

describe('a wrong driver is caught', () => {
  it.each([
    ['LIFE-002-leaks-context', 'lifecycle', 'fail', /allocated in preprocess_map_create/],
    ['UNLOAD-001-stays-registered', 'unload', 'fail', /registration#1 was left registered/],
    ['UNLOAD-005-crashes-in-detach', 'unload', 'crash', /ProviderDetachClient crashed/],
  ])('%s', async (name, suite, verdict, sentence) => {
    const record = await certifyDriver(name, { suites: [suite] });
    expect(record.exitCode).toBe(1);
    const row = rowOf(record, name.split('-').slice(0, 2).join('-'));
    expect(row).toMatchObject({ verdict, message: expect.stringMatching(sentence) as string });
    expect(row.counterexample?.replay).toMatch(/ --nmr \S*nmr\/nmr\.so$/);
  });
});

it('a recorded trace needs no NMR', async () => {
  const subject = 'fixtures/traces/eBPFCore/random.jsonl';
  await expect(certifyDriver('', { subject })).rejects.toMatchObject({ exitCode: 4 });
});

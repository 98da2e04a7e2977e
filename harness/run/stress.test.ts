/**
 * Short runs with real threads: a right provider is left in peace, wrong ones are found by the rule
 * they name.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { readLastWords, readStressAnswer, saysBegun } from '../adapters/stress.ts';
import { buildNative } from '../native/build.ts';
import { buildStressDriver } from '../native/build-stress.ts';
import type { Profile } from '../provider/profile.ts';
import { stressFindings, type StressResult } from './stress.ts';

const threads = 4;
const programTypes = {
  accept: ['f788ef4a-207d-4dc3-85cf-0f2ea107213c'],
  reject: [],
  restricted: true,
};

/** What the probe would find of providers/object-map and of the faults that include it. */
const objectMap: Profile = {
  mapType: 15,
  updatesOriginalValue: true,
  deleteStyle: 'postprocess',
  hasFind: true,
  hasUpdate: true,
  tableSize: 80,
  keySizes: [4],
  valueSizes: [4],
  accepted: [{ key: 4, value: 4, actual: 8 }],
  maxEntries: { min: 1, max: 1024 },
  keysBelowMaxEntries: false,
  keysRefused: 0,
  values: 'generated',
  invalidValues: [],
  duplicatesAllowed: true,
  valueRelation: 'identity',
  userLookup: 'supported',
  userUpdate: null,
  deleteMayReject: false,
  programTypes,
  restartable: true,
  reclamation: 'epoch',
  maxMaps: null,
  helpers: [],
  countsResources: true,
  nullContext: false,
  strictness: 'document',
  source: {},
};

const stress = async (name: string, durationMs: number): Promise<StressResult> => {
  const [fixture] = await buildNative(name);
  const source = { path: fixture!.library, config: null, nmr: null };
  return stressFindings(source, objectMap, { seed: 1, durationMs, threads, timeoutMs: null });
};

const brokenBy = ({ findings }: StressResult): Record<string, string[]> =>
  Object.fromEntries(
    findings
      .filter(({ violations }) => violations.length > 0)
      .map(({ id, violations }) => [id, violations.map(({ kind }) => kind)]),
  );

describe('a provider under several threads', () => {
  beforeAll(async () => {
    await buildStressDriver();
    await buildNative('providers/object-map');
    await buildNative('faults/C');
  });

  it('is left in peace where it is right, and was put to the test', async () => {
    const result = await stress('providers/object-map', 1_000);
    expect(result.notRun).toBeNull();
    expect(brokenBy(result)).toEqual({});
    expect(result.perThread).toHaveLength(threads);
    expect(Math.min(...result.perThread)).toBeGreaterThan(0);
    const exercised = new Map(result.findings.map(({ id, exercised: times }) => [id, times]));
    for (const id of [
      'CONC-001',
      'CONC-002',
      'CONC-005',
      'CONC-006',
      'CONC-007',
      'CRUD-DEL-007',
      'EPOCH-004',
    ]) {
      expect(exercised.get(id), id).toBeGreaterThan(0);
    }
  });

  it('CONC-006 is broken by a lookup that lets go of its lock halfway', async () => {
    expect(brokenBy(await stress('faults/CONC-006-drops', 1_000))).toEqual({
      'CONC-006': ['violated'],
    });
  });

  it('CONC-001 is broken by locks that are taken in both orders, CONC-007 only by advice', async () => {
    const found = brokenBy(await stress('faults/CONC-007-locks', 2_000));
    expect(found).toEqual({ 'CONC-001': ['hang'], 'CONC-007': ['warned'] });
  });

  it('CONC-005 is broken by an attach that hands out its binding by way of a global', async () => {
    expect(Object.keys(brokenBy(await stress('faults/CONC-005-cross', 1_500)))).toContain(
      'CONC-005',
    );
  });

  it('is not blamed for what it does alone as well', async () => {
    const result = await stress('faults/CRUD-DEL-007-exits-with-zero', 800);
    expect(result).toMatchObject({ findings: [], notRun: expect.stringContaining('exit(0)') });
  });

  it('is not run where nothing is known to run it with', async () => {
    const source = { path: 'provider.so', config: null, nmr: null };
    const result = await stressFindings(
      source,
      { ...objectMap, accepted: [] },
      { seed: 1, durationMs: 1, threads, timeoutMs: null },
    );
    expect(result).toMatchObject({
      findings: [],
      callbacks: 0,
      notRun: expect.stringContaining('key and value size'),
    });
  });

  it('says why a library cannot be driven', async () => {
    const source = { path: 'no-such-provider.so', config: null, nmr: null };
    const result = await stressFindings(source, objectMap, {
      seed: 1,
      durationMs: 1,
      threads,
      timeoutMs: null,
    });
    expect(result.notRun).toContain('the library does not load');
  });
});

describe('the words of the driver', () => {
  it('are an answer only with an outcome', () => {
    expect(readStressAnswer('callbacks\t3\n')).toBeNull();
    expect(
      readStressAnswer(
        'outcome\tdone\t\ncallbacks\t3\nthread\t0\t2\nthread\t1\t1\nmet\toverlap\t3\n',
      ),
    ).toEqual({
      outcome: 'done',
      reason: '',
      callbacks: 3,
      perThread: [2, 1],
      met: new Map([['overlap', 3]]),
      sights: [],
    });
  });

  it('tell where a crash was, and whether threads ran', () => {
    const said = [
      'noise',
      'stress-began',
      'stress-lost\tamong\tSIGSEGV\ta delete callback',
      'stress-saw\tcallback-stuck\tstuck\tseen',
    ].join('\n');
    expect(readLastWords(said)).toEqual({
      how: 'SIGSEGV',
      place: 'a delete callback',
      sights: [{ what: 'callback-stuck', when: 'stuck', words: 'seen' }],
    });
    expect(saysBegun(said)).toBe(true);
    expect(readLastWords('noise')).toBeNull();
    expect(saysBegun('noise, stress-began')).toBe(false);
  });
});

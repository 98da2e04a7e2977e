/**
 * The example runtimes in C as subjects: right ones break nothing, wrong ones say which rule they
 * break and do.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import { runtimePlans } from '../explore/runtime-plans.ts';
import { HostPool } from '../host/host-pool.ts';
import { headMeta } from '../native/head-meta.ts';
import { buildNative } from '../native/build.ts';
import { openRuntimeExecutor, runRuntimePlans } from '../campaign/runtime-campaign.ts';
import { certifyRuntime } from './certify.ts';
import { RUNTIME_LAW } from './chapters.ts';
import type { RequirementRecord, RunRecord } from '../conclude/record.ts';
import { RuntimeJudging } from '../runtime/runtime-judging.ts';
import { shippedFixtures, shippedTrials } from '../selftest/selftest-shipped.ts';

/** Our own libraries share hosts: a host's start costs more than most of these runs. */
const hosts = new HostPool();
afterAll(() => hosts.close());

const folder = path.resolve(import.meta.dirname, '../../fixtures/runtimes');

type Description = {
  id: string;
  violates: string[];
  expects: string;
  says: string;
  revision?: 'draft';
};

const descriptions = readdirSync(path.join(folder, 'deviations'))
  .filter((name) => name.endsWith('.c'))
  .sort()
  .map((name) => {
    const text = headMeta(path.join(folder, 'deviations', name)) ?? '{}';
    return { stem: name.slice(0, -2), ...(JSON.parse(text) as Description) };
  });

/** What becomes of a runtime when every plan was run, or all of `until` is broken. */
const examined = async (
  stem: string,
  revision: 'merged' | 'draft',
  until: readonly string[] = [],
): Promise<{ broken: string[]; verdicts: Map<string, RequirementRecord> }> => {
  const judging = new RuntimeJudging(RUNTIME_LAW, revision);
  const library = path.join(folder, `build/${stem}.so`);
  const executor = await openRuntimeExecutor(library, {
    inProcess: false,
    timeoutMs: null,
    config: null,
    hosts,
  });
  try {
    const isOver = (): string | null =>
      until.length > 0 && until.every((id) => judging.fold.broken().includes(id)) ? 'broken' : null;
    const plans = runtimePlans(revision, { seed: 1, generated: 0 });
    await runRuntimePlans(executor, plans, judging, { revision, batch: 12, isOver });
  } finally {
    await executor.close();
  }
  const rows = judging.rows(null, null);
  return {
    broken: judging.fold.broken().sort(),
    verdicts: new Map(rows.map((row) => [row.id, row])),
  };
};

const brokenBy = async (...given: Parameters<typeof examined>): Promise<string[]> =>
  (await examined(...given)).broken;

beforeAll(async () => {
  await buildNative('runtimes/');
});

describe('right runtimes', () => {
  it.each([
    ['hash-runtime', 'merged'],
    ['hash-runtime-draft', 'draft'],
    ['hash-runtime-plain-face', 'merged'],
    ['hash-runtime-late-wait', 'merged'],
    ['hash-runtime-waiting-clients', 'merged'],
    ['hash-runtime-one-at-a-time', 'merged'],
    ['hash-runtime-no-process', 'merged'],
    ['hash-runtime-late-reclaim', 'merged'],
    ['hash-runtime-late-in-epoch', 'merged'],
    ['hash-runtime-late-plain-face', 'merged'],
  ] as const)('%s breaks no rule', async (stem, revision) => {
    expect(await brokenBy(stem, revision)).toEqual([]);
  });
});

it('what a runtime does not tell is not judged, and does not pass', async () => {
  const { verdicts } = await examined('hash-runtime-plain-face', 'merged');
  const unseen = [...verdicts].filter(([, row]) => row.reason?.includes('the runtime offers no'));
  expect(unseen.map(([id, { verdict }]) => `${id} ${verdict}`)).toEqual(
    [
      'CRUD-UPD-017',
      'CRUD-UPD-018',
      'CRUD-UPD-019',
      'IRQL-001',
      'IRQL-005',
      'IRQL-006',
      'PROC-001',
    ].map((id) => `${id} not-applicable`),
  );
});

it.each([
  ['hash-runtime-plain-face', ['pass', 'pass']],
  ['hash-runtime-late-reclaim', ['pass', 'pass']],
  ['hash-runtime-late-in-epoch', ['pass', 'inconclusive']],
  ['hash-runtime-late-plain-face', ['inconclusive', 'inconclusive']],
] as const)(
  'what epochs of %s protect is judged as far as it shows: %j',
  async (stem, expected) => {
    const { verdicts } = await examined(stem, 'merged');
    const rows = ['EPOCH-010', 'EPOCH-011'].map((id) => verdicts.get(id));
    expect(rows.map((row) => row?.verdict)).toEqual(expected);
    for (const row of rows)
      if (row?.verdict === 'inconclusive') expect(row.reason).toContain('; offer ');
  },
);

it('the runtime as shipped breaks the rules that the shipped code breaks, and no others', async () => {
  const broken = await brokenBy('hash-runtime-as-shipped', 'merged');
  // C-19, a rollback where nothing was announced, is for providers to tolerate: information, if
  // anything.
  expect(broken.filter((id) => id !== 'CRUD-UPD-015')).toEqual([
    'CRUD-DEL-003',
    'CRUD-DEL-004',
    'EPOCH-010',
    'IRQL-001',
    'IRQL-005',
    'SIZE-002',
    'SIZE-005',
  ]);
});

describe('with its errata the runtime as shipped', () => {
  const certified = async (library: string): Promise<RunRecord> =>
    certifyRuntime({
      ...{ library, config: null, suites: null, only: null, level: null, revision: 'merged' },
      ...{ seed: 1, runs: 1, budgetMs: null, timeoutMs: null, jobs: 1, shard: null, stress: false },
      ...{ inProcess: false, out: null, progress: () => undefined },
      errata: path.resolve(folder, '../errata/ebpfcore.yaml'),
    });
  const broken = ({ requirements }: RunRecord): string[] =>
    requirements.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

  it('is conformant, all known failures waived', async () => {
    const record = await certified(path.join(folder, 'build/hash-runtime-as-shipped.so'));
    expect([record.exitCode, broken(record)]).toEqual([0, []]);
    expect(record.totals['waived']).toBe(7);
  });

  it('has every one of three regressions named, also where an erratum is about the same rule', async () => {
    const stem = 'CRUD-DEL-004-and-two-more';
    await buildNative(`shipped-deviations/${stem}`);
    const record = await certified(path.join(folder, `build/as-shipped/${stem}.so`));
    const { violates } = descriptions.find((one) => one.stem === stem)!;
    expect(record.exitCode).toBe(1);
    expect(broken(record)).toEqual(expect.arrayContaining(violates));
    const row = record.requirements.find(({ id }) => id === 'CRUD-DEL-004');
    expect(row?.waiver?.trouble).toBe('mismatching');
    expect(row?.advisory['as-shipped']?.verdict).toBe('fail');
  });

  // All of them are tried by `mapcert selftest`; these break rules that errata are about, or are
  // what is shipped.
  it.each([
    ['CRUD-DEL-003-tells-before-removal', ['CRUD-DEL-003']],
    ['EPOCH-010-calls-outside-epochs', ['EPOCH-010']],
    ['IRQL-001-finds-at-dispatch', ['IRQL-001']],
    ['SIZE-002-passes-no-key-size-to-find', []],
  ])('and %s is not excused, unless it is nothing else', async (stem, violates) => {
    await buildNative(`shipped-deviations/${stem}`);
    const fixtures = await shippedFixtures();
    const fixture = fixtures.find(({ file }) => file?.includes(stem));
    const row = await shippedTrials({ seed: 1, hosts })(fixture!);
    expect([row.expected, row.violates], row.message ?? '').toEqual([true, violates]);
  });
});

describe('wrong runtimes', () => {
  it('say what they break, in terms of rules that bind runtimes', () => {
    const rules = new Map(CATALOGUE.map((row) => [row.id, row]));
    expect(new Set(descriptions.map(({ id }) => id)).size).toBe(descriptions.length);
    for (const { stem, violates, expects, says } of descriptions) {
      expect(stem.startsWith(`${violates[0]}-`), stem).toBe(true);
      for (const id of violates) expect(rules.get(id)?.subject, `${stem} ${id}`).toBe('runtime');
      expect(expects, stem).toBe(isMust(rules.get(violates[0]!)!) ? 'fail' : 'warn');
      expect(says, stem).toMatch(/^[^\n]+$/);
    }
  });

  it('are there for every rule that binds runtimes and can be broken', () => {
    const named = new Set(descriptions.flatMap(({ violates }) => violates));
    const free = ['DUP-001', 'CRUD-FIND-016']; // Undefined, and a permission.
    const lacking = CATALOGUE.filter(
      ({ id, subject }) => subject === 'runtime' && !named.has(id) && !free.includes(id),
    );
    expect(lacking.map(({ id }) => id)).toEqual([]);
  });

  // All of them are tried by `mapcert selftest`; these stand for faults, threads, waits and both
  // revisions.
  it.each([
    'ABI-012-copies-eighty-bytes',
    'ABI-014-normalises-the-table-header',
    'CONC-003-removes-without-the-lock',
    'CRUD-DEL-014-keeps-a-key-across-the-end-of-its-bucket',
    'DISC-008-keeps-the-binding-of-a-failed-map',
    'DISC-010-keeps-a-provider-whose-attach-failed',
    'DISC-010-shows-a-provider-before-its-attach',
    'ENUM-009-asks-providers-for-low-types',
    'PROC-001-updates-in-a-worker',
  ])('%s is found out', async (stem) => {
    await buildNative(`deviations/${stem}`);
    const { violates, revision = 'merged' } = descriptions.find((one) => one.stem === stem)!;
    expect(await brokenBy(stem, revision, violates)).toEqual(expect.arrayContaining(violates));
  });
});

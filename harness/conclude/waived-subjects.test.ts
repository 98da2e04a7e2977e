/** Waivers by cause, the same over every kind of subject: simulated, native, recorded, runtime. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import wrong from '../../fixtures/faults/f-flag-005-2-rejects-what-is-not-update.ts';
import { buildNative } from '../native/build.ts';
import type { Waiver } from '../provider/profile.ts';
import { traceLines } from '../trace/codec.ts';
import { certify, certifyRuntime } from '../run/certify.ts';
import { moduleExecutor } from '../run/in-process.fixture.ts';
import { CHAPTERS } from '../run/chapters.ts';
import { dueRuns } from '../campaign/plans.ts';
import { probe } from '../campaign/probe.ts';
import type { RequirementRecord, RunRecord } from './record.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'mapcert-waived-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shared = {
  ...{ config: null, suites: null, level: null, seed: 1, runs: 1, jobs: 1 },
  revision: 'merged' as const,
  ...{ budgetMs: null, timeoutMs: null, shard: null, stress: false, inProcess: false, out: null },
  progress: (): void => undefined,
} as const;

const judged = (subject: string, id: string, waivers: string | null): Promise<RunRecord> =>
  certify({
    ...{ ...shared, subject, only: [id], dialects: ['as-documented'], lowMemory: false, waivers },
    ...{ nmr: null, enumHeader: null },
    // A recording has run already.
    runs: subject.endsWith('.jsonl') ? null : shared.runs,
  });

/** A recording of the chapter of flags. */
const recording = async (): Promise<string> => {
  const executor = moduleExecutor(wrong, null);
  const { profile } = await probe(executor, null, 'merged');
  const chapters = CHAPTERS.filter(({ name }) => name === 'flags');
  const options = { seed: 1, generated: 1, dialects: ['as-documented'] } as const;
  const runs = dueRuns(chapters, profile, options).filter(({ exhaustive }) => !exhaustive);
  const results = await executor.run(
    runs.map(({ plan, choices, dialect }) => ({ plan, choices, conditions: { dialect }, profile })),
  );
  const file = path.join(folder, 'flags.jsonl');
  const header = { subject: 'provider', name: wrong.name, revision: 'merged' } as const;
  const traces = results.map(({ trace }) => trace);
  writeFileSync(file, [...traceLines(header, traces)].join('\n') + '\n');
  return file;
};

type Subject = {
  kind: string;
  id: string;
  causes: number;
  run: (waivers: string | null) => Promise<RunRecord>;
};
const simulated = path.join(fixtures, 'faults/f-flag-005-2-rejects-what-is-not-update.ts');
const native = 'faults/CRUD-UPD-010-keeps-displaced-handles';
const runtime = path.join(fixtures, 'runtimes/r-crud-upd-002-1-stores-what-the-user-wrote.ts');

const subjects: Subject[] = [
  { kind: 'simulated', id: 'FLAG-005', causes: 2, run: (w) => judged(simulated, 'FLAG-005', w) },
  {
    ...{ kind: 'recorded', id: 'FLAG-005', causes: 1 },
    run: async (waivers) => judged(await recording(), 'FLAG-005', waivers),
  },
  {
    ...{ kind: 'native', id: 'CRUD-UPD-013', causes: 1 },
    run: async (waivers) => {
      const [built] = await buildNative(native);
      return judged(built!.library, 'CRUD-UPD-013', waivers);
    },
  },
  {
    ...{ kind: 'runtime', id: 'CRUD-UPD-002', causes: 3 },
    run: (waivers) =>
      certifyRuntime({ ...shared, library: runtime, only: ['CRUD-UPD-002'], waivers }),
  },
];

const under = async (
  { id, run }: Subject,
  waivers: Omit<Waiver, 'id' | 'reason'>[] | null,
): Promise<{ row: RequirementRecord; code: number }> => {
  const file = path.join(folder, 'waivers.json');
  const list = (waivers ?? []).map((one) => ({ id, reason: 'known', ...one }));
  writeFileSync(file, JSON.stringify(list));
  const record = await run(waivers && file);
  return { row: record.requirements.find((one) => one.id === id)!, code: record.exitCode };
};
const fit = ({ row, code }: Awaited<ReturnType<typeof under>>): unknown[] => [
  row.verdict,
  row.waiver?.trouble,
  code,
];
const red = ['fail', 'mismatching', 1];

describe.each(subjects)('a $kind subject', (subject) => {
  it('is excused by one waiver for each cause', async () => {
    const { row } = await under(subject, null);
    const keys = row.causes!.map(({ key }) => key);
    expect(keys).toHaveLength(subject.causes);
    expect(
      fit(
        await under(
          subject,
          keys.map((cause) => ({ cause })),
        ),
      ),
    ).toEqual(['waived', undefined, 0]);
  });

  it('is not excused under a reading that finds the same', async () => {
    expect(fit(await under(subject, [{ reading: 'as-shipped' }]))).toEqual(red);
  });
});

it('shows two causes, and a waiver of none or of one of them leaves it red', async () => {
  const [subject] = subjects as [Subject];
  const { row } = await under(subject, null);
  expect(fit(await under(subject, [{}]))).toEqual(red);
  const left = await under(subject, [{ cause: row.causes![0]!.key }]);
  expect(fit(left)).toEqual(red);
  expect(left.row.waiver?.says).toContain(row.causes![1]!.key);
});

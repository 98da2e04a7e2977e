/** A whole certification of a runtime: its record, and the words for what is no runtime. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certifyRuntime } from './certify.ts';
import type { RuntimeOptions } from './options.ts';
import { replay as repeatRun } from './replay.ts';
import { REPLAY_SCHEMA } from '../conclude/record.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (name: string): string =>
  path.resolve(import.meta.dirname, '../../fixtures/runtimes', name);

const options = (library: string | null, more: Partial<RuntimeOptions> = {}): RuntimeOptions =>
  ({
    library,
    config: null,
    suites: null,
    only: null,
    level: null,
    revision: 'merged',
    seed: 1,
    runs: 1,
    budgetMs: null,
    timeoutMs: null,
    jobs: 1,
    shard: null,
    stress: false,
    inProcess: true,
    out: null,
    progress: () => undefined,
    ...more,
  }) as RuntimeOptions;

test('the embedded reference conforms; the shipped reading is named where it differs', async () => {
  const record = await certifyRuntime(options(null));
  expect(record.outcome).toBe('CONFORMANT');
  expect(record.exitCode).toBe(0);
  expect(record.subject.kind).toBe('runtime');
  const under = record.requirements.find(({ id }) => id === 'IRQL-005')!.advisory['as-shipped'];
  expect(under).toMatchObject({
    verdict: 'info',
    message: expect.stringContaining('the shipped reading differs') as string,
  });
});

test('a wrong one breaks its rule, and the counterexample repeats', async () => {
  const file = fixture('r-pin-001-1-asks-when-pinning.ts');
  const record = await certifyRuntime(options(file, { only: ['PIN-001'] }));
  const row = record.requirements.find(({ id }) => id === 'PIN-001')!;
  expect(row.verdict).toBe('fail');
  expect(record.exitCode).toBe(1);
  expect(row.advisory['as-shipped']?.verdict).toBe('fail');
  const { plan, choices } = row.counterexample!;
  const replay = {
    schema: REPLAY_SCHEMA as typeof REPLAY_SCHEMA,
    subject: record.subject,
    requirement: 'PIN-001',
    revision: 'merged' as const,
    seed: 1,
    plan,
    choices,
    message: row.message,
  };
  const again = await repeatRun({
    replay,
    folder,
    subject: file,
    config: null,
    timeoutMs: null,
    inProcess: true,
    nmr: null,
  });
  expect(again.reproduced).toBe(true);
  expect(again.subjectChanged).toBe(false);
});

test.each([
  ['none.ts', 'export const other = 1;', 'exports no runtime as default'],
  ['note.txt', 'hello', 'is no runtime by its ending'],
  ['broken.ts', 'throw new Error("not today");', 'could not be imported: not today'],
  ['text.so', 'this is not a library', 'text.so'],
])('%s is refused in one sentence', async (name, text, words) => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  const refused = certifyRuntime(options(file));
  await expect(refused).rejects.toMatchObject({
    name: 'SubjectError',
    message: expect.stringContaining(words) as string,
  });
});

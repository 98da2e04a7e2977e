/**
 * The matrix over libraries: each wrong one is killed by its rule, with its sentence, and nothing
 * stays behind.
 */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSelftest } from '../../reports/check-report.ts';
import { stableJson } from '../../reports/json.ts';
import { UsageError } from '../errors/errors.ts';
import { buildNative } from '../native/build.ts';
import { buildStressDriver } from '../native/build-stress.ts';
import { readMetas } from './fault-meta.ts';
import { selftest } from './selftest.ts';

const names = [
  'ASSOC-005-fills-in-the-program-type',
  'CONC-006-drops-and-retakes',
  'CRUD-UPD-003-aborts-in-update',
  'REG-001-refuses-to-start',
  'UNLOAD-002-waits-for-a-client',
];

let folder = '';
let temporary = '';
let temporaryBefore: string | undefined;
let result: SelftestResult;

const matrixOf = (faults: string): Promise<SelftestResult> =>
  selftest({
    faults,
    variants: null,
    only: null,
    seed: 1,
    seeds: 1,
    jobs: 2,
    budgetMs: null,
    progress: () => undefined,
  });

/** A folder of its own with this module in it. */
const folderWith = (name: string, text: string): string => {
  const made = path.join(folder, name);
  mkdirSync(made);
  writeFileSync(path.join(made, 'fault.mjs'), text);
  return made;
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'selftest-'));
  await buildStressDriver();
  const faults = path.join(folder, 'faults');
  mkdirSync(faults);
  for (const name of names) {
    const [built] = await buildNative(`faults/${name}`);
    copyFileSync(built!.library, path.join(faults, path.basename(built!.library)));
    copyFileSync(built!.description!, path.join(faults, `${name}.json`));
  }
  const other = { id: 'other', violates: ['REG-001'], stage: 'start', sentence: 'another one' };
  const library = readdirSync(faults).find((name) => /^REG-001.*\.(so|dll|dylib)$/.test(name))!;
  copyFileSync(path.join(faults, library), path.join(faults, `other${path.extname(library)}`));
  writeFileSync(path.join(faults, 'other.json'), JSON.stringify(other));
  temporary = path.join(folder, 'temporary');
  mkdirSync(temporary);
  temporaryBefore = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  result = await matrixOf(faults);
});

afterAll(() => {
  if (temporaryBefore === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporaryBefore;
  rmSync(folder, { recursive: true, force: true });
});

const row = (id: string) => result.faults.find((one) => one.id === id);

it('is data as its schema says', () => {
  const data: unknown = JSON.parse(stableJson(result));
  expect(checkSelftest(data)).toMatchObject({ ok: true });
  expect(checkSelftest({ ...result, faults: 'none' })).toMatchObject({ ok: false });
});

describe('a matrix of libraries', () => {
  it.each([
    ['C-ASSOC-005-fills-in-the-program-type', 'ASSOC-005', 'it was modified'],
    ['C-CRUD-UPD-003-aborts-in-update', 'CRUD-UPD-003', 'SIGABRT'],
    ['C-REG-001-refuses-to-start', 'REG-001', 'cmc_provider_start returned 3'],
    ['C-UNLOAD-002-waits-for-a-client', 'UNLOAD-002', 'stop did not come back'],
  ])('%s is killed by %s', (id, rule, words) => {
    expect(row(id)).toMatchObject({ expected: true });
    expect(row(id)!.killedBy).toContain(rule);
    expect(row(id)!.message).toContain(words);
  });

  it('drives with threads what shows between threads only', () => {
    expect(row('C-CONC-006-drops-and-retakes')).toMatchObject({
      killedBy: ['CONC-006'],
      expected: true,
      runsToKill: null,
    });
  });

  it('says of a crash and of a hang in which operation and callback', () => {
    expect(row('C-CRUD-UPD-003-aborts-in-update')!.message).toMatch(
      /\[operation update \(.*\); callback preprocess_map_update_element\]/,
    );
    expect(row('C-UNLOAD-002-waits-for-a-client')!.message).toMatch(
      /\[operation stop; callback stop\]/,
    );
  });

  it('is not content with another sentence than the one expected', () => {
    expect(row('other')!.message).toContain('cmc_provider_start returned 3');
    expect(row('other')!.expected).toBe(false);
    expect(result.totals).toMatchObject({ faults: 6, killed: 5, survivors: 1 });
  });

  it('leaves no file behind', () => {
    // tsx keeps its own cache there.
    expect(readdirSync(temporary).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  });
});

describe('what a module says of itself', () => {
  const said = `export const meta = { id: 'own', violates: ['REG-001'], expects: 'warn' };`;

  it('is heard in a host, and no import happens here', async () => {
    const mark = `globalThis.importedHere = true; ${said}`;
    const [meta] = await readMetas([path.join(folderWith('marks', mark), 'fault.mjs')]);
    expect(meta).toMatchObject({ id: 'own', violates: ['REG-001'], expects: 'warn' });
    expect(globalThis).not.toHaveProperty('importedHere');
  });

  it('comes after what a .json beside it says', async () => {
    const made = folderWith('beside', said);
    writeFileSync(path.join(made, 'fault.json'), '{"id":"beside"}');
    const [meta] = await readMetas([path.join(made, 'fault.mjs')]);
    expect(meta).toMatchObject({ id: 'beside', violates: [], expects: 'fail' });
  });

  it.each([
    ['exits', 'process.exit(3)', /its import ended the process \(exit\(3\)\); put a \.json/],
    ['throws', 'throw new Error("no luck")', /it could not be imported: no luck/],
    ['is silent', 'export default 1', /has no meta/],
    ['cannot travel', 'export const meta = { violates: [() => 1] }', /its meta is not plain data/],
    ['talks', 'export const meta = { id: "x".repeat(70000) }', /larger than 65536 bytes/],
  ])('is asked for where it %s', async (name, text, sentence) => {
    const made = folderWith(name, text);
    const refused: unknown = await matrixOf(made).catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as UsageError).message).toMatch(sentence);
  });
});

/**
 * What `probe` writes is read back as a declaration, so it must declare nothing that was only seen.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { buildWithAsan } from '../native/build.ts';
import { certify, certifyHeader, certifyRuntime } from '../run/certify.ts';
import { probe } from '../run/probe-command.ts';
import { replay, shrink } from '../run/replay.ts';
import { main } from './program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'probe-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mapcert = async (...argv: string[]): Promise<{ code: number; out: string }> => {
  let out = '';
  const code = await main(argv, {
    ...{ certify, certifyRuntime, certifyHeader, replay, shrink, probe },
    selftest: () => Promise.reject(new Error('not for this test')),
    mutate: () => Promise.reject(new Error('not for this test')),
    chapters: () => Promise.resolve(CHAPTERS),
    stdout: { write: (text) => (out += text) },
    stderr: { write: () => undefined },
    env: {},
  });
  return { code, out };
};

const refuser = 'fixtures/faults/u-8-refuses-every-delete.ts';
const small = ['--suite', 'deletion', '--runs', '1', '--dialect', 'as-documented', '--in-process'];

test('what was seen refused stays undeclared until a person says so', async () => {
  expect(await mapcert('probe', refuser, '--in-process', '--out', folder)).toMatchObject({
    code: 0,
  });
  const config = path.join(folder, 'mapcert.config.mjs');
  const text = readFileSync(config, 'utf8');
  expect(text).toContain('  // deleteMayReject: true,');
  const judged = (file: string): Promise<{ code: number }> =>
    mapcert('certify', refuser, '--config', file, '--quiet', ...small);
  expect(await judged(config)).toMatchObject({ code: 2 });
  const meant = path.join(folder, 'meant.mjs');
  writeFileSync(meant, text.replace('// deleteMayReject', 'deleteMayReject'));
  expect(await judged(meant)).toMatchObject({ code: 0 });
});

test('what is declared is written as declared, and a bound that nobody tried is not', async () => {
  const { code, out } = await mapcert('probe', 'fixtures/variants/k-07-refuses-lookups.ts');
  expect(code).toBe(0);
  expect(out).toContain('  userLookup: "EBPF_OPERATION_NOT_SUPPORTED",');
  expect(out).toMatch(/^ {2}\/\/ keySizes: \[4,/m);
  expect(out).toMatch(/^ {2}\/\/ Neither declared nor probed: .*maxEntries/m);
});

test.runIf(process.platform === 'linux')(
  'a call that does not come back is told with its place, under a sanitizer, too',
  async () => {
    const [built] = await buildWithAsan('faults/ASSOC-002-traps-in-associate', folder);
    const { code, out } = await mapcert('probe', built!.library, '--asan');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ {2}\/\/ - preprocess_associate_program_type crashed \(SIG.*ASSOC-002-traps-in-associate\.c:\d+\)/m,
    );
  },
);

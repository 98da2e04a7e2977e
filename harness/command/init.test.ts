/**
 * What `init` writes builds with the one line that it gives, and is CONFORMANT; with wrong names it
 * is told what to do.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mapcert-init-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (program: string, argv: readonly string[]) =>
  promisify(execFile)(program, argv).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
const mapcert = (...argv: string[]) => run(process.execPath, ['harness/mapcert.mjs', ...argv]);

const common = ['CMakeLists.txt', 'README.md', 'build.sh', 'mapcert.config.mjs', 'native'];
const kinds = [
  ['c', ['my_provider.c', 'my_provider.h', 'provider_glue.c']],
  ['driver', ['my_driver.c', 'my_provider.c', 'my_provider.h', 'provider_glue.c']],
  ['cpp', ['my_provider.cpp', 'my_provider.h', 'provider_glue.cpp']],
] as const;

describe.each(kinds)('init --%s', (kind, files) => {
  it('writes a folder that builds without a warning and is certified as it stands', async () => {
    const target = path.join(folder, kind);
    expect(await mapcert('init', target, `--${kind}`)).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(target).sort()).toEqual([...common, ...files].sort());
    for (const name of ['README.md', 'build.sh', 'CMakeLists.txt']) {
      expect(readFileSync(path.join(target, name), 'utf8')).not.toMatch(/@[A-Z]+@/);
    }
    const built = await run('sh', [path.join(target, 'build.sh'), '-Wall', '-Wextra', '-Werror']);
    expect(built).toMatchObject({ code: 0, stderr: '' });
    const library = path.join(target, 'my_provider.so');
    const judged = await mapcert('certify', library, '--runs', '1', '--report', 'json', '--quiet');
    const { outcome, totals } = JSON.parse(judged.stdout) as {
      outcome: string;
      totals: { warn?: number };
    };
    expect([judged.code, outcome, totals.warn ?? 0]).toEqual([0, 'CONFORMANT', 0]);
  });
});

it('init --ts writes a model that is certified as it stands', async () => {
  const target = path.join(folder, 'ts');
  expect(await mapcert('init', target, '--ts')).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(target).sort()).toEqual([
    'README.md',
    'my_provider.test.ts',
    'my_provider.ts',
  ]);
  const model = path.join(target, 'my_provider.ts');
  const judged = await mapcert('certify', model, '--runs', '1', '--report', 'json', '--quiet');
  const { outcome, totals } = JSON.parse(judged.stdout) as {
    outcome: string;
    totals: { warn?: number };
  };
  expect([judged.code, outcome, totals.warn ?? 0]).toEqual([0, 'CONFORMANT', 0]);
});

describe('init', () => {
  it('never writes over a file, and writes one kind of glue', async () => {
    const target = path.join(folder, 'taken');
    expect((await mapcert('init', target)).code).toBe(0);
    expect(await mapcert('init', target)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('is there already') as string,
    });
    expect(await mapcert('init', path.join(folder, 'both'), '--c', '--cpp')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--c and --cpp are two kinds of provider') as string,
    });
  });

  it('is named where a library has no entry points', async () => {
    for (const [name, says] of [
      ['DriverEntry', '`mapcert init DIR --driver` writes the glue'],
      ['other', '`mapcert init DIR` writes the glue'],
    ] as const) {
      const source = path.join(folder, `${name}.c`);
      writeFileSync(source, `int ${name}(void* driver, void* path) { return driver != path; }\n`);
      const library = path.join(folder, `${name}.so`);
      expect(await run('cc', ['-shared', '-fPIC', source, '-o', library])).toMatchObject({
        code: 0,
      });
      expect(await mapcert('certify', library, '--quiet')).toMatchObject({
        code: 5,
        stderr: expect.stringContaining(says) as string,
      });
    }
  });
});

/** What looks at the machine, and what a shell is given. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { HarnessFault } from '../errors/errors.ts';
import { recordOf, rowOf } from '../run/golden.fixture.ts';
import type { Context } from './context.ts';
import { main } from './program.ts';

const unused = () => Promise.reject(new Error('not asked for'));
const mapcert = async (argv: string[], given: Partial<Context> = {}) => {
  let [out, err] = ['', ''];
  const code = await main(argv, {
    certify: () => Promise.resolve(recordOf([rowOf('REG-001', 'pass')])),
    ...{ certifyRuntime: unused, certifyHeader: unused, replay: unused, shrink: unused },
    ...{ probe: unused, selftest: unused, mutate: unused, chapters: () => Promise.resolve([]) },
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    env: {},
    ...given,
  });
  return { code, out, err };
};

it('says what is there, and what is not, with what to do', async () => {
  const well = await mapcert(['doctor', '--json']);
  expect(well).toMatchObject({ code: 0, err: '' });
  const found = JSON.parse(well.out) as { what: string; state: string; says: string }[];
  expect(found.find(({ what }) => what === 'libraries')).toMatchObject({ state: 'ok' });
  expect(found.find(({ what }) => what === 'versions')?.says).toContain(process.versions.node);
  const lost = await mapcert(['doctor'], { env: { CC: 'no-such-compiler', CXX: 'no-such' } });
  expect(lost.out).toMatch(/compiler +(gcc|clang): |no-such-compiler, gcc, clang: none; needed/);
});

it('ends with 1 where nothing can be certified', async () => {
  const ill = await mapcert(['doctor'], {
    certify: () => Promise.reject(new HarnessFault('no host process started')),
  });
  expect(ill.code).toBe(1);
  expect(ill.out).toMatch(/^needed +a run +no host process started$/m);
});

const bash = (script: string, ...words: string[]): string[] => {
  const line = `${script}\nCOMP_WORDS=(mapcert "$@"); COMP_CWORD=$#; _mapcert; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout } = spawnSync('bash', ['-c', line, 'bash', ...words], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout.split('\n').filter((word) => word !== '');
};

it('completes commands and options in bash', async () => {
  const { out, code } = await mapcert(['completion', 'bash']);
  expect(code).toBe(0);
  expect(bash(out, 'ce')).toEqual(['certify']);
  expect(bash(out, 'certify', '--reg')).toEqual(['--regressions']);
  expect(bash(out, 'verify', '--ch')).toEqual(['--challenge']);
});

it('has a script for each shell, and names them for another', async () => {
  expect((await mapcert(['completion', 'zsh'])).out).toMatch(/^autoload -U \+X bashcompinit/);
  expect((await mapcert(['completion', 'fish'])).out).toMatch(/^complete -c mapcert .* certify /m);
  const other = await mapcert(['completion', 'tcsh']);
  expect(other.code).toBe(4);
  expect(other.err).toMatch(/Allowed choices are bash, zsh, fish/);
});

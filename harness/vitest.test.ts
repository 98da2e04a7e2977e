/**
 * The suite mounted in vitest, as a vendor's run of vitest with its JUnit reporter shows it: a test
 * a rule, found by its id.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'mounted-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Case = { '@name': string; failure?: { '#text': string }; skipped?: unknown };
type Suites = { testsuites: { testsuite: { testcase: Case[] } } };

const run = (...given: string[]) => {
  const file = path.join(folder, 'junit.xml');
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/vitest/vitest.mjs'),
      ...['run', '--config', 'fixtures/mounted/vitest.config.ts'],
      ...['--reporter', 'junit', '--outputFile', file, ...given],
    ],
    { cwd: root, encoding: 'utf8' },
  );
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' });
  const { testsuites } = parser.parse(readFileSync(file, 'utf8')) as Suites;
  const cases = testsuites.testsuite.testcase.map((one) => [
    one['@name'].replace(/^(\w+ > (?:[A-Z]+-\d+|outcome)).*$/, '$1'),
    'failure' in one ? 'failed' : 'skipped' in one ? 'skipped' : 'passed',
  ]);
  return { status, cases, xml: readFileSync(file, 'utf8') };
};

it('has a test for each rule and one for the outcome', () => {
  const { status, cases, xml } = run();
  expect(status).toBe(1);
  expect(cases).toEqual([
    ['right > REG-001', 'passed'],
    ['right > LIFE-002', 'passed'],
    ['right > IRQL-003', 'skipped'],
    ['right > outcome', 'passed'],
    ['wrong > REG-001', 'passed'],
    ['wrong > REG-017', 'failed'],
    ['wrong > outcome', 'failed'],
  ]);
  expect(xml).toMatch(/Expected: [\s\S]*Saw: [\s\S]*Replay: mapcert replay/);
});

it('runs one rule by its id', () => {
  const { status, cases } = run('-t', 'right LIFE-002');
  expect(status).toBe(0);
  expect(cases.filter(([, told]) => told === 'passed')).toEqual([['right > LIFE-002', 'passed']]);
});

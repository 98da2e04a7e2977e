/**
 * An emitted vitest test, run by vitest with MAPCERT_EMITTED=all: red at the call to blame, green
 * beside a right provider. The run itself always.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { REPLAY_SCHEMA, type ReplayFile } from '../conclude/record.ts';
import { replayRun } from '../replay-run.ts';
import { unknown } from '../conclude/blamed.ts';
import { sequential } from '../trace/plan.ts';
import { emitTs } from './emit-ts.ts';

const root = path.resolve(import.meta.dirname, '../..');
// Below node_modules, where the imports of an emitted test lead somewhere.
const cache = path.join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(path.join(cache, 'emitted-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run: ReplayFile = {
  schema: REPLAY_SCHEMA,
  subject: { kind: 'in-process', name: 'x', sha256: '' },
  requirement: 'CRUD-UPD-004',
  revision: 'merged',
  seed: 1,
  plan: sequential('an update', [
    { op: 'start' },
    { op: 'create', map: 0 },
    { op: 'update', map: 0, key: 0, value: 0 },
  ]),
  choices: [],
};

const write = (name: string, subject: string): void => {
  const told = { rule: 'CRUD-UPD-004', message: 'a message', replay: '3f9c', trace: [] };
  const text = emitTs({ ...told, blame: unknown, run, subject: path.join(root, subject) });
  writeFileSync(path.join(folder, name), text);
};

const wrong = 'fixtures/faults/f-crud-upd-004-1-generation-behind-out.ts';
const right = 'fixtures/providers/object-hash.ts';
const isAll = process.env['MAPCERT_EMITTED'] === 'all';

it('a run that is made again names the call', async () => {
  const { broken } = await replayRun(run, { subject: path.join(root, wrong) });
  expect(broken).toMatch(/^call 4: preprocess_map_update_element\(.*wrote out_value at offset 8/);
  expect(await replayRun(run, { subject: path.join(root, right) })).toEqual({
    ...{ verdict: 'pass', broken: null },
  });
});

it.runIf(isAll)('an emitted test fails at that call, and passes where it is right', () => {
  write('wrong.test.ts', wrong);
  write('right.test.ts', right);
  const face = path.join(root, 'harness/replay-run.ts');
  writeFileSync(
    path.join(folder, 'vitest.config.mjs'),
    `export default { test: { include: ['*.test.ts'], exclude: [] },
      resolve: { alias: { 'custom-map-conformance/replay': ${JSON.stringify(face)} } } };`,
  );
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--root', folder, '--reporter', 'json'],
    { encoding: 'utf8' },
  );
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    testResults: {
      name: string;
      status: string;
      assertionResults: { failureMessages: string[] }[];
    }[];
  };
  expect(status, stderr).toBe(1);
  const resultOf = (name: string) => report.testResults.find((one) => one.name.endsWith(name));
  expect(resultOf('right.test.ts')?.status).toBe('passed');
  const [said] = resultOf('wrong.test.ts')!.assertionResults[0]!.failureMessages;
  expect(said).toMatch(/call 4: preprocess_map_update_element\(.*wrote out_value at offset 8/);
});

/**
 * The place of an exception is a line of the subject's module, whatever the exception claims to be.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Job } from '../execute/execute.ts';
import { createExecutor } from '../host/executor.ts';
import { sequential } from '../trace/plan.ts';
import { placeOfException } from './exception-place.ts';

let folder = '';
beforeAll(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'exception-place-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job: Job = {
  plan: sequential('place', [
    { op: 'start' },
    { op: 'create', map: 0 },
    { op: 'update', map: 0, key: 1, value: 2 },
  ]),
  choices: [],
  conditions: {},
  profile: { ...bootstrapProfile(null), mapType: 15, accepted: [{ key: 4, value: 4, actual: 8 }] },
};

it('is the line that threw, with its callers', async () => {
  const file = path.join(folder, 'throws.mts');
  const right = pathToFileURL(path.resolve('fixtures/providers/object-map.ts')).href;
  writeFileSync(
    file,
    `import { objectMap } from ${JSON.stringify(right)};
type Table = Record<string, (...args: never[]) => unknown>;
const inner = (): never => {
  throw new TypeError('no such object');
};
export default objectMap({ name: 'throws', table: (table: Table) => ({
  preprocess_map_update_element: () => inner(),
}) });`,
  );
  const executor = await createExecutor(
    { path: file, config: null, nmr: null },
    { inProcess: false, callbackTimeoutMs: null },
  );
  const [result] = await executor.run([job]);
  await executor.close();
  const lost = result!.trace.find(({ kind }) => kind === 'lost');
  expect(lost).toMatchObject({
    error: 'TypeError',
    place: { function: 'inner', file: 'throws.mts', line: 4, module: 'throws.mts', offset: null },
  });
  expect(JSON.stringify(lost)).not.toContain(folder);
});

it('is not there for what tells nothing', () => {
  expect(placeOfException('a word')).toBeNull();
  const forged = new Error('x');
  Object.defineProperty(forged, 'stack', {
    get: () => {
      throw new Error('caught you');
    },
  });
  expect(placeOfException(forged)).toBeNull();
  forged.message = '';
  expect(placeOfException(Object.assign(new RangeError('call stack'), { stack: 'x' }))).toBeNull();
});

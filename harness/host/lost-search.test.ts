/**
 * A run of a search over schedules that does not come back: its choices are known all the same, and
 * repeat it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { EventOf } from '../trace/event.ts';
import { createExecutor } from './executor.ts';

let folder = '';
beforeAll(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'lost-search-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A provider that ends its process in a lookup while a delete is under way. */
const subject = (): string => {
  const file = path.join(folder, 'exits.mts');
  const right = pathToFileURL(path.resolve('fixtures/providers/object-map.ts')).href;
  writeFileSync(
    file,
    `import { objectMap } from ${JSON.stringify(right)};
let isDeleting = false;
export default objectMap({ name: 'exits', table: (table) => ({
  postprocess_map_delete_element: (...args) => {
    isDeleting = true;
    return table.postprocess_map_delete_element(...args);
  },
  postprocess_map_find_element: (...args) => {
    if (isDeleting) process.exit(3);
    return table.postprocess_map_find_element(...args);
  },
}) });`,
  );
  return file;
};

const job: Job = {
  plan: {
    name: 'a lookup beside a delete',
    suite: 'concurrency',
    actors: [
      {
        caller: 'user',
        process: 1,
        operations: [
          { op: 'start' },
          { op: 'create', map: 0 },
          { op: 'update', map: 0, key: 1, value: 2 },
          { op: 'update', map: 0, key: 2, value: 3 },
          { op: 'delete', map: 0, key: 1 },
        ],
      },
      { caller: 'user', process: 1, operations: [{ op: 'find', map: 0, key: 2 }] },
    ],
  },
  choices: [0],
  conditions: {},
  profile: {
    ...bootstrapProfile(null),
    mapType: 15,
    accepted: [{ key: 4, value: 4, actual: 8 }],
    keySizes: [4],
    valueSizes: [4],
    values: 'generated',
  },
};

const lossIn = ({ trace }: RunResult): EventOf<'lost'> | undefined =>
  trace.find((event): event is EventOf<'lost'> => event.kind === 'lost');

describe('a search whose run is lost', () => {
  it('keeps the choices, which repeat it without a search', async () => {
    const source = { path: subject(), config: null, nmr: null };
    const executor = await createExecutor(source, { inProcess: false, callbackTimeoutMs: null });
    try {
      // Without choices a search goes on with whoever moved last: the lookup comes after the
      // delete.
      const [found] = await executor.run([{ ...job, search: true }]);
      expect(lossIn(found!)?.callback).toBe('postprocess_map_find_element');
      expect(found!.taken!.length).toBeGreaterThan(job.choices.length);
      const [again] = await executor.run([{ ...job, choices: found!.taken! }]);
      const kinds = ({ trace }: RunResult) => trace.map(({ kind, actor }) => `${actor} ${kind}`);
      expect(lossIn(again!)).toEqual(lossIn(found!));
      expect(kinds(again!)).toEqual(kinds(found!));
    } finally {
      await executor.close();
    }
  });
});

/** An id names one fixture: reports, waivers and the matrix know it by nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures');

/**
 * The id that a fixture's meta gives it, read as text: importing hundreds of modules costs too
 * much.
 */
const idOf = (file: string): string =>
  /^\s*"?id"?: ["']([\w-]+)["']/m.exec(readFileSync(file, 'utf8'))?.[1] ?? `no id in ${file}`;

it.each(['faults', 'variants', 'runtimes', 'native/faults', 'native/variants'])(
  'each id in fixtures/%s is that of one fixture',
  (folder) => {
    const ids = readdirSync(path.join(fixtures, folder))
      .filter((name) => /\.(ts|json)$/.test(name))
      .map((name) => idOf(path.join(fixtures, folder, name)));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id, at) => id.startsWith('no id') || ids.indexOf(id) !== at)).toEqual([]);
  },
);

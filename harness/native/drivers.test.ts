/**
 * The guides by style of driver: their commands build their examples, which are right, and wrong
 * with a bug in them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNative } from './build.ts';
import { buildByGuide, exampleDrivers, sourceFolder } from './build-drivers.ts';
import { bugs, certifyExample, placeOfBug } from './drivers.ts';

const guides = fileURLToPath(new URL('../../docs/drivers', import.meta.url));
const hasMingw = spawnSync('x86_64-w64-mingw32-gcc', ['--version']).status === 0;
let folder = '';

describe.runIf(process.platform === 'linux')('the guides by style of driver', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'drivers-test-'));
    await buildNative('nmr');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(exampleDrivers)('$guide: the example has nothing broken', async (example) => {
    const options = ['--runs', '1', '--suite', 'lookup'];
    const said = await certifyExample(example, path.join(folder, example.folder), {}, options);
    expect(said).toEqual({ outcome: 'PARTIAL', broken: [] });
  });

  it('a bug in an example is seen, and its crash has the line', async () => {
    const example = exampleDrivers.find(({ folder: name }) => name === 'cpp')!;
    const chapters = bugs[example.folder]![2]!;
    const options = ['--runs', '1', '--suite', ...chapters];
    const said = await certifyExample(example, path.join(folder, 'bug'), { bug: 3 }, options);
    expect(said.broken.map(({ message }) => message).join()).toContain(placeOfBug(example, 3));
  });

  it.each([
    ['static-functions', 'sized-values', true],
    ['own-nmr', 'plain', true],
    ['windows', 'plain', hasMingw],
  ])('%s: the command builds', (guide, example, isPossible) => {
    if (!isPossible) return;
    const library = buildByGuide({ guide, folder: example }, path.join(folder, guide));
    expect(existsSync(library)).toBe(true);
  });

  it('name every guide, every example, and the line of every bug', () => {
    const index = readFileSync(path.join(guides, 'README.md'), 'utf8');
    for (const file of readdirSync(guides).filter((name) => name !== 'README.md'))
      expect(index).toContain(`(${file})`);
    for (const example of exampleDrivers) {
      expect(index).toContain(`\`${example.folder}/\``);
      expect(existsSync(path.join(sourceFolder(example), 'mapcert.config.json'))).toBe(true);
      const places = [1, 2, 3, 4].map((bug) => placeOfBug(example, bug));
      expect(new Set(places).size).toBe(4);
    }
  });
});

/**
 * `npm run test:drivers`: each example driver in each mode is CONFORMANT, each seeded bug is found,
 * each crash has its line. Words choose a part: `npm run test:drivers -- cpp asan`, `-- bugs`. Exit
 * code 1 when something is not as it must.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNative } from './build.ts';
import { exampleDrivers } from './build-drivers.ts';
import { bugs, certifyExample, isCrashing, modes, placeOfBug, type Said } from './drivers.ts';

const words = process.argv.slice(2);
const among = (all: readonly string[]): readonly string[] => {
  const chosen = words.filter((word) => all.includes(word));
  return chosen.length > 0 ? chosen : all;
};
const parts = [...Object.keys(modes), 'bugs'];
const folders = among(exampleDrivers.map(({ folder }) => folder));
const chosenParts = among(parts);

const folder = mkdtempSync(join(tmpdir(), 'drivers-'));
let wrong = 0;
const tell = (isRight: boolean, what: string, said: Said, more = ''): void => {
  if (!isRight) wrong++;
  const first = said.broken[0];
  const why = first ? ` ${first.id}: ${first.message}` : '';
  console.log(`${isRight ? 'ok ' : 'NOT'} ${what}: ${said.outcome}${more}${why.slice(0, 300)}`);
};

await buildNative('nmr');
for (const example of exampleDrivers.filter(({ folder: name }) => folders.includes(name))) {
  for (const [mode, { extra, options }] of Object.entries(modes)) {
    if (!chosenParts.includes(mode)) continue;
    const said = await certifyExample(example, join(folder, mode), extra, options);
    tell(said.outcome === 'CONFORMANT', `${example.folder} ${mode}`, said);
  }
  if (!chosenParts.includes('bugs')) continue;
  for (const [at, chapters] of bugs[example.folder]!.entries()) {
    const bug = at + 1;
    const options = ['--runs', '1', '--suite', ...chapters];
    const said = await certifyExample(example, join(folder, `bug-${bug}`), { bug }, options);
    const place = isCrashing(bug) ? placeOfBug(example, bug) : null;
    const isPlaced =
      place === null ||
      said.broken.some(({ message, places }) => [message, ...places].join().includes(place));
    const isRight = said.broken.length > 0 && isPlaced;
    tell(isRight, `${example.folder} bug ${bug}`, said, place === null ? '' : ` at ${place}`);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(wrong === 0 ? 'all as they must be' : `${wrong} not as they must be`);
process.exitCode = wrong === 0 ? 0 : 1;

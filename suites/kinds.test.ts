/**
 * docs/KINDS.md: each kind of mistake has three faults and two right subjects at least, and all of
 * them exist.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'node:path';
import { describe, expect, it } from 'vitest';

const textOf = (path: string): string =>
  readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const filesIn = (folder: string): string[] =>
  readdirSync(new URL(`../${folder}`, import.meta.url)).map((name) => `${folder}/${name}`);

/** The ids that the files of a folder give themselves, in `meta`. */
const idsIn = (...folders: string[]): Set<string> =>
  new Set(
    folders
      .flatMap(filesIn)
      .filter((path) => /\.(ts|c)$/.test(path))
      .map((path) => /['"]?\bid['"]?: ['"]([^'"]+)['"]/.exec(textOf(path))?.[1] ?? ''),
  );

const faults = idsIn(
  ...['fixtures/faults', 'fixtures/native/faults'],
  ...['fixtures/runtimes', 'fixtures/runtimes/deviations'],
);
const rights = new Set([
  ...idsIn('fixtures/variants', 'fixtures/native/variants'),
  ...filesIn('fixtures/runtimes').flatMap((path) => (/\.c$/.test(path) ? [parse(path).name] : [])),
]);

const rows = textOf('docs/KINDS.md')
  .split('\n')
  .filter((line) => /^\| (?!kind)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, kind, wrong, right]): [string, string[], string[]] => [
    kind ?? '',
    wrong?.split(' ') ?? [],
    right?.split(' ') ?? [],
  ]);

describe('kinds of mistakes', () => {
  it.each(rows)('%s', (_kind, wrong, right) => {
    expect(new Set(wrong).size).toBeGreaterThanOrEqual(3);
    expect(new Set(right).size).toBeGreaterThanOrEqual(2);
    expect(wrong.filter((id) => !faults.has(id))).toEqual([]);
    expect(right.filter((id) => !rights.has(id))).toEqual([]);
  });
  it('are listed', () => expect(rows.length).toBeGreaterThan(30));
});

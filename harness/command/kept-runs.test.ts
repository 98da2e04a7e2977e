/** Runs under short names: kept where one works, found again from below, never mistaken. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { REPLAY_SCHEMA, type ReplayFile } from '../conclude/record.ts';
import { recordOf, rowOf } from '../run/golden.fixture.ts';
import { encodeReplay, replayIdOf } from '../run/replay-token.ts';
import { sequential } from '../trace/plan.ts';
import { isShortName, keepRuns, keptRun } from './kept-runs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mapcert kept-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const stored: ReplayFile = {
  schema: REPLAY_SCHEMA,
  subject: { kind: 'in-process', name: 'example', sha256: 'aa' },
  requirement: 'REG-001',
  revision: 'merged',
  seed: 1,
  plan: sequential('p', [{ op: 'start' }]),
  choices: [],
};
const line = `mapcert replay ${encodeReplay(stored)} --subject x.ts`;
const id = replayIdOf(line);
const { plan, choices } = stored;
const record = recordOf([
  rowOf('REG-001', 'fail', { counterexample: { plan, choices, trace: [], replay: line, id } }),
]);

it('a run is found by the beginning of its name, also from a folder below', () => {
  expect(keepRuns(record, { subject: path.join(folder, 'x.ts') }, folder)).toBe(true);
  const below = path.join(folder, 'a', 'b');
  mkdirSync(below, { recursive: true });
  const file = keptRun(id.slice(0, 4), below);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as ReplayFile;
  expect(kept).toMatchObject({ requirement: 'REG-001', plan });
  // Relative to where it lies, so that the folder can move.
  expect(path.resolve(path.dirname(file), kept.subject.file!)).toBe(path.join(folder, 'x.ts'));
  expect(readFileSync(path.join(folder, '.mapcert', '.gitignore'), 'utf8')).toBe('*\n');
});

it('a name of two runs is refused with both, one of none with what to do', () => {
  keepRuns(record, { subject: null }, folder);
  writeFileSync(path.join(folder, '.mapcert', `${id.slice(0, 4)}00000000.json`), '{}');
  expect(() => keptRun(id.slice(0, 4), folder)).toThrow(/several kept runs begin with/);
  expect(() => keptRun('0000', folder)).toThrow(/no run named 0000 is kept .*--from/);
});

it('nothing is kept of a run in which nothing is broken, or where nothing can be written', () => {
  expect(keepRuns(recordOf([rowOf('REG-001', 'pass')]), { subject: null }, folder)).toBe(true);
  expect(existsSync(path.join(folder, '.mapcert'))).toBe(false);
  writeFileSync(path.join(folder, '.mapcert'), 'a file');
  expect(keepRuns(record, { subject: null }, folder)).toBe(false);
});

it('short names are hexadecimal, of four digits or more', () => {
  expect(['3f9c', '3f9c00aa11bb'].every(isShortName)).toBe(true);
  expect(['3f9', 'r1.abcd', 'CRE-003', 'abcg'].some(isShortName)).toBe(false);
});

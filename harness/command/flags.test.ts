/**
 * Every flag on every kind of subject, over the real engine: the exit code and the rules that must
 * come of it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { HostPool } from '../host/host-pool.ts';
import { buildNative } from '../native/build.ts';
import { certify, certifyRuntime } from '../run/certify.ts';
import type { RunRecord } from '../conclude/record.ts';
import { replay, shrink } from '../run/replay.ts';
import type { Context } from './context.ts';
import { main } from './program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'flags-test-'));
const inFolder = (name: string): string => path.join(folder, name);
const hosts = new HostPool();
afterAll(async () => {
  await hosts.close();
  rmSync(folder, { recursive: true, force: true });
});

const never = (): never => {
  throw new Error('not for this test');
};

type Answer = { code: number; out: string; err: string };

const mapcert = async (...argv: string[]): Promise<Answer> => {
  let [out, err] = ['', ''];
  const context: Context = {
    certify: (options) => certify(options, options.inProcess || options.asan ? null : hosts),
    certifyRuntime,
    certifyHeader: never,
    replay,
    shrink,
    probe: never,
    mutate: never,
    selftest: never,
    chapters: () => Promise.resolve(CHAPTERS),
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: {},
  };
  return { code: await main(argv, context), out, err };
};

const subjects = {
  right: 'fixtures/providers/object-hash.ts',
  rightC: 'fixtures/native/build/providers/object-map.so',
  odd: 'fixtures/variants/k-12-small-integer-contexts.ts',
  wrong: 'fixtures/faults/f-crud-find-003-1-terminates-the-value.ts',
  crashing: 'fixtures/native/build/faults/CRUD-FIND-002-crashes-in-find.so',
  hanging: 'fixtures/native/build/faults/CRUD-FIND-002-loops-in-find.so',
} as const;
type Kind = keyof typeof subjects;

const recording = 'fixtures/traces/eBPFCore/random.jsonl';

beforeAll(async () => {
  await buildNative('providers/object-map');
  await buildNative('faults/CRUD-FIND-002');
  await buildNative('nmr');
});

/**
 * Small, as the flag is what is looked at: one chapter, few generated plans, the reading that
 * decides.
 */
const small = ['--suite', 'lookup', '--runs', '1', '--dialect', 'as-documented'];

const broken = ({ requirements }: RunRecord): string[] =>
  requirements
    .filter(({ verdict }) => ['fail', 'crash', 'hang', 'harness-error'].includes(verdict))
    .map(({ id, verdict }) => `${id} ${verdict}`);

/** What loops is given up after less than usual: how long that is is no matter of these tests. */
const soon = (kind: Kind, flags: readonly string[]): string[] =>
  kind === 'hanging' && !flags.includes('--timeout') ? ['--timeout', '200ms'] : [];

/** Certifies with the flag: exit code, and what was broken. */
const judged = async (kind: Kind, flags: readonly string[]): Promise<[number, ...string[]]> => {
  const file = inFolder('report.json');
  const more = [...flags, ...soon(kind, flags)];
  const argv = ['certify', subjects[kind], '--report', `json=${file}`, '--quiet', ...more];
  const { code, err } = await mapcert(...argv);
  if (code >= 4) return [code, err.trim()];
  return [code, ...broken(JSON.parse(readFileSync(file, 'utf8')) as RunRecord)];
};

const red: Partial<Record<Kind, [number, ...string[]]>> = {
  wrong: [1, 'CRUD-FIND-003 fail'],
  crashing: [1, 'CRUD-FIND-002 crash'],
  hanging: [1, 'CRUD-FIND-002 hang'],
};
const asEver = (kind: Kind): [number, ...string[]] => red[kind] ?? [0];

const everyKind: Kind[] = ['right', 'rightC', 'odd', 'wrong', 'crashing', 'hanging'];
const hosted: Kind[] = ['right', 'rightC', 'odd', 'wrong'];

describe('a flag that changes how a subject is run changes no verdict', () => {
  test.each<[string, readonly string[], readonly Kind[]]>([
    ['--low-memory', [...small, '--low-memory'], everyKind],
    ['--jobs', [...small, '--jobs', '2'], hosted],
    ['--in-process', [...small, '--in-process'], hosted],
    ['--timeout', [...small, '--timeout', '900ms'], everyKind],
    ['--budget', [...small, '--budget', '10m'], hosted],
    ['--level', [...small, '--level', 'must'], everyKind],
    [
      '--dialect',
      ['--suite', 'lookup', '--runs', '1', '--dialect', 'as-shipped,detach-first'],
      hosted,
    ],
    [
      '--only',
      ['--only', 'CRUD-FIND-002,CRUD-FIND-003', '--runs', '1', '--dialect', 'as-documented'],
      everyKind,
    ],
    ['--stress', [...small, '--stress'], ['right', 'odd', 'wrong']],
    ['--revision draft', [...small, '--revision', 'draft'], ['right', 'rightC', 'wrong']],
  ])('%s', async (_, flags, kinds) => {
    const found = [];
    for (const kind of kinds) found.push([kind, await judged(kind, flags)]);
    expect(found).toEqual(kinds.map((kind) => [kind, asEver(kind)]));
  });
});

describe('a flag that narrows what is judged', () => {
  test('--shard: the parts of a subject join to the whole, and each is PARTIAL', async () => {
    const parts = [];
    for (const shard of ['1/2', '2/2']) {
      const file = inFolder(`part-${shard[0]}.json`);
      const argv = ['certify', subjects.right, '--shard', shard, '--runs', '1', '--quiet'];
      const { code } = await mapcert(...argv, '--report', `json=${file}`);
      expect([code, (JSON.parse(readFileSync(file, 'utf8')) as RunRecord).outcome]).toEqual([
        0,
        'PARTIAL',
      ]);
      parts.push(file);
    }
    const whole = inFolder('whole.json');
    expect((await mapcert('merge', ...parts, '--report', `json=${whole}`)).code).toBe(0);
    expect((JSON.parse(readFileSync(whole, 'utf8')) as RunRecord).outcome).toBe('CONFORMANT');
  });

  test('--waivers: what is broken is waived, what holds makes the waiver stale', async () => {
    const file = inFolder('waivers.json');
    writeFileSync(file, JSON.stringify([{ id: 'CRUD-FIND-003', reason: 'known' }]));
    expect(await judged('wrong', [...small, '--waivers', file])).toEqual([0]);
    expect(await judged('right', [...small, '--waivers', file])).toEqual([3]);
    expect(await judged('crashing', [...small, '--waivers', file])).toEqual(red.crashing);
  });

  test('--budget: what was not reached is open', async () => {
    const flags = ['--runs', '1', '--dialect', 'as-documented', '--budget', '1ms'];
    expect(await judged('right', flags)).toEqual([2]);
  });
});

describe('a flag that makes no sense for a subject says so', () => {
  test.each<[Kind, readonly string[], RegExp]>([
    ['right', ['--asan'], /--asan is for shared libraries/],
    ['right', ['--nmr', 'fixtures/native/build/nmr/nmr.so'], /--nmr/],
    ['rightC', ['--asan'], /was built without it/],
    ['rightC', ['--errata', 'fixtures/errata/ebpfcore.yaml'], /--errata is for runtimes/],
  ])('%s %s', async (kind, flags, sentence) => {
    const [code, err] = await judged(kind, [...small, ...flags]);
    expect(code).toBe(4);
    expect(err).toMatch(sentence);
  });

  test.each([
    ['--low-memory'],
    ['--stress'],
    ['--in-process'],
    ['--asan'],
    ['--timeout', '5s'],
    ['--runs', '3'],
  ])('a recording %s', async (...flags) => {
    const { code, err } = await mapcert('certify', recording, ...flags);
    expect([code, err.trim()]).toEqual([
      4,
      `mapcert: ${flags[0]} is for subjects that run: the subject is a recorded trace`,
    ]);
  });

  test.each(['--low-memory', '--nmr', '--dialect'])('a runtime %s', async (flag) => {
    const { code, err } = await mapcert('runtime', flag);
    expect(code).toBe(4);
    expect(err).toContain(`unknown option '${flag}'`);
  });
});

test('a runtime is the same under --timeout and --in-process', async () => {
  for (const flags of [['--timeout', '9s'], ['--in-process']]) {
    const argv = ['runtime', '--runs', '1', '--suite', 'lookup', '--quiet', ...flags];
    expect((await mapcert(...argv)).code).toBe(0);
  }
});

describe('a counterexample', () => {
  test.each<Kind>(['wrong', 'crashing', 'hanging'])('of a %s one is repeated', async (kind) => {
    await judged(kind, [...small]);
    const [id] = red[kind]![1]!.split(' ');
    const from = ['--from', inFolder('report.json'), '--subject', subjects[kind]];
    expect((await mapcert('replay', id!, ...from, ...soon(kind, []))).code).toBe(1);
  });

  test('of a wrong one is made smaller', async () => {
    await judged('wrong', [...small]);
    const report = JSON.parse(readFileSync(inFolder('report.json'), 'utf8')) as RunRecord;
    const row = report.requirements.find(({ id }) => id === 'CRUD-FIND-003')!;
    const word = row.counterexample!.replay.split(' ')[2]!;
    const out = inFolder('smaller.json');
    const argv = ['shrink', word, '--subject', subjects.wrong, '--out', out];
    const { code } = await mapcert(...argv);
    expect(code).toBe(0);
  });
});

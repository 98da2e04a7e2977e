/**
 * Emitted tests of wrong libraries, compiled with their sources and run: each fails at the call that
 * is to blame, and passes beside the right provider that the fault was made of. Two with one
 * compiler in `npm test`; all, with every compiler that is here, with MAPCERT_EMITTED=all.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { blameIn } from '../conclude/blame.ts';
import { REPLAY_SCHEMA } from '../conclude/record.ts';
import { buildNative, includeFolders } from '../native/build.ts';
import type { ReplayResult } from '../run/options.ts';
import { replay } from '../run/replay.ts';
import { sequential, type Operation } from '../trace/plan.ts';
import { emitC } from './emit-c.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'emitted-'));
afterAll(() => rmSync(folder, { recursive: true }));

const root = path.resolve(import.meta.dirname, '../..');

/** A life with every element operation: enough for these. */
const life: Operation[] = [
  { op: 'start' },
  { op: 'create', map: 0 },
  { op: 'associate', map: 0, program_type: 'f788ef4a-207d-4dc3-85cf-0f2ea107213c' },
  { op: 'update', map: 0, key: 0, value: 0 },
  { op: 'find', map: 0, key: 0 },
  { op: 'update', map: 0, key: 0, value: 1 },
  { op: 'find', map: 0, key: 0 },
  { op: 'delete', map: 0, key: 0 },
  { op: 'update', map: 0, key: 1, value: 2 },
  { op: 'close', map: 0 },
  { op: 'balance' },
  { op: 'stop' },
];

type Case = {
  fault: string;
  rule: string;
  callback: string;
  says: RegExp;
  /** The C library of Windows does not notice it. */
  isUnseenThere?: true;
};

const update = 'preprocess_map_update_element';
const find = 'postprocess_map_find_element';
const remove = 'postprocess_map_delete_element';
const create = 'preprocess_map_create';
const end = 'postprocess_map_delete';
const associate = 'preprocess_associate_program_type';

const cases: Case[] = [
  { fault: 'CRE-003-crashes-in-create', rule: 'CRE-003', callback: create, says: /crashed/ },
  { fault: 'EPOCH-004-frees-twice', rule: 'EPOCH-004', callback: end, says: /freed again/ },
  {
    fault: 'CRUD-UPD-010-keeps-displaced-handles',
    rule: 'CRUD-UPD-010',
    callback: remove,
    says: /not released/,
  },
  {
    fault: 'CRUD-UPD-003-aborts-in-update',
    rule: 'CRUD-UPD-003',
    callback: update,
    says: /aborted/,
  },
  {
    fault: 'CRUD-DEL-007-exits-with-zero-in-delete',
    rule: 'CRUD-DEL-007',
    callback: remove,
    says: /ended the process/,
  },
  {
    fault: 'CRUD-FIND-002-loops-in-find',
    rule: 'CRUD-FIND-002',
    callback: find,
    says: /did not come back/,
  },
  {
    fault: 'EPOCH-004-frees-to-the-pool',
    rule: 'EPOCH-004',
    callback: end,
    says: /wrong function/,
  },
  {
    fault: 'CRUD-FIND-002-crashes-in-find',
    rule: 'CRUD-FIND-002',
    callback: find,
    says: /crashed/,
  },
  {
    fault: 'ASSOC-002-traps-in-associate',
    rule: 'ASSOC-002',
    callback: associate,
    says: /crashed/,
  },
  {
    fault: 'CRUD-DEL-007-frees-twice-in-delete',
    rule: 'CRUD-DEL-007',
    callback: remove,
    says: /aborted/,
    isUnseenThere: true,
  },
];
const hasCatch2 = existsSync('/usr/include/catch2') && spawnSync('g++', ['--version']).status === 0;
const isAll = process.env['MAPCERT_EMITTED'] === 'all';
const chosen = isAll ? cases : cases.slice(0, 2);

/** Compilers that are here, with what makes their programs run; those that are not are left out. */
const here = (
  [
    ['gcc', [], []],
    ['clang', [], []],
    ['x86_64-w64-mingw32-gcc', ['-static'], ['wine']],
  ] as const
).filter(([name, , runner]) =>
  [name, ...runner].every((one) => spawnSync(one, ['--version']).status === 0),
);

const replayed = (fault: string, rule: string): Promise<ReplayResult> =>
  replay({
    replay: {
      schema: REPLAY_SCHEMA,
      subject: { kind: 'native', name: fault, sha256: '' },
      requirement: rule,
      revision: 'merged',
      seed: 1,
      plan: sequential('a life', life),
      choices: [],
    },
    folder: root,
    subject: path.join(root, `fixtures/native/build/faults/${fault}.so`),
    ...{
      config: null,
      timeoutMs: null,
      inProcess: false,
      nmr: null,
      asan: false,
      enumHeader: null,
    },
  });

const compiled = (source: string, provider: string, compiler: (typeof here)[number]): string => {
  const [name, flags] = compiler;
  const program = path.join(folder, `${path.basename(source, '.c')}-${name}`);
  const include = includeFolders.flatMap((one) => ['-I', one]);
  const faults = path.join(root, 'fixtures/native/faults');
  const all = ['-g', '-w', ...flags, ...include, '-I', faults, source, provider, '-o', program];
  const made = spawnSync(name, all, { encoding: 'utf8' });
  expect(made.stderr).toBe('');
  return existsSync(`${program}.exe`) ? `${program}.exe` : program;
};

const run = (program: string, [, , runner]: (typeof here)[number]) => {
  const [first = program, ...rest] = [...runner, program];
  return spawnSync(first, rest, { encoding: 'utf8' });
};

const compilers = isAll ? here : here.slice(0, 1);

describe.skipIf(compilers.length === 0)('an emitted C test', () => {
  it.each(chosen)(
    '$fault fails at the call to blame',
    async ({ fault, rule, callback, says, isUnseenThere }) => {
      await buildNative(`faults/${fault}`);
      const { violation, trace, message } = await replayed(fault, rule);
      expect(violation).toBeTruthy();
      const blame = blameIn(trace)(violation!);
      expect(blame.call?.callback).toBe(callback);
      const text = emitC({ rule, message: message ?? '', replay: '3f9c', trace, blame });
      const source = path.join(folder, `${fault}.c`);
      writeFileSync(source, text);
      for (const compiler of compilers) {
        if (isUnseenThere && compiler[0].includes('mingw')) continue;
        const faulty = path.join(root, `fixtures/native/faults/${fault}.c`);
        const { status, stderr } = run(compiled(source, faulty, compiler), compiler);
        expect(stderr).toContain(`FAILED at call ${blame.call?.call} (${callback})`);
        expect(stderr).toMatch(says);
        expect(status).toBe(1);
      }
    },
  );

  // A Catch2 takes half a minute to compile; with the others, where it is installed.
  it.skipIf(!isAll || !hasCatch2)('is a Catch2 test case when compiled as C++', async () => {
    const { fault, rule } = cases.find((one) => one.fault === 'EPOCH-004-frees-twice')!;
    await buildNative(`faults/${fault}`);
    const { violation, trace, message } = await replayed(fault, rule);
    const blame = blameIn(trace)(violation!);
    const text = emitC({ rule, message: message ?? '', replay: '3f9c', trace, blame });
    const [source, object] = [`${fault}.cpp`, `${fault}.o`].map((name) => path.join(folder, name));
    writeFileSync(source!, text);
    const include = includeFolders.flatMap((one) => ['-I', one]);
    const own = path.join(root, 'fixtures/native/faults');
    const faulty = ['-c', path.join(own, `${fault}.c`), '-I', own, '-o', object!];
    expect(spawnSync('gcc', ['-w', ...include, ...faulty]).status).toBe(0);
    const defined = ['-DCMC_CATCH2', '-DCATCH_CONFIG_MAIN'];
    const program = path.join(folder, 'catch2');
    const linked = ['-std=c++17', '-w', ...defined, ...include, source!, object!, '-o', program];
    expect(spawnSync('g++', linked, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout } = spawnSync(program, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toContain(`call ${blame.call?.call} (${blame.call?.callback})`);
  });
});

/** The observing provider and the example runtime, linked together: observer/test/life-check.c. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { includeFolders } from './build.ts';
import { findCompiler } from './compiler.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mapcert-observer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const built = new Map<string, string>();

/** The program, linked with one of the example runtimes. */
function program(runtime: string, flags: readonly string[] = []): string {
  const name = [runtime, ...flags].join('-').replaceAll(/[^\w-]/g, '_');
  const known = built.get(name);
  if (known !== undefined) return known;
  const [compiler, ...options] = findCompiler().command;
  const executable = join(folder, name);
  const sources = [
    'harness/native/observer/test/life-check.c',
    'harness/native/observer/observer.c',
    `fixtures/runtimes/${runtime}.c`,
  ].map((file) => join(project, file));
  const given = ['-std=c11', '-g', '-Wall', '-Wextra', '-Werror', '-pthread', ...flags];
  const includes = includeFolders.map((path) => `-I${path}`);
  execFileSync(compiler, [...options, ...given, ...includes, ...sources, '-o', executable], {
    stdio: 'pipe',
  });
  built.set(name, executable);
  return executable;
}

function live(kind: string, executable: string): Record<string, unknown> {
  const said = execFileSync(executable, [kind], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return JSON.parse(said) as Record<string, unknown>;
}

describe('a life of a plain map', () => {
  it('shows each callback in its order, with what a lookup sees meanwhile', () => {
    const life = live('plain', program('hash-runtime'));
    expect(life).toEqual({
      register: [0],
      create: [0, 'attach p0 b1 c0', 'create p0 b1 c0'],
      insert: [0, 'update p0 b1 c1 key 01 value 11 sizes 4/8/0 flags 0 sees nothing'],
      replace: [
        0,
        'update p0 b1 c1 key 01 value 12 sizes 4/8/0 flags 0 sees 11',
        'post_delete p0 b1 c1 key 01 value 11 sizes 4/8/0 flags 2 sees 12',
      ],
      'refused insert': [
        8,
        'update p0 b1 c1 key 01 value 13 sizes 4/8/0 flags 0 sees 12',
        'post_delete p0 b1 c1 key 01 value 13 sizes 4/8/0 flags 2 sees 12',
      ],
      find: [0, 'find p0 b1 c1 key 01 value 12 sizes 4/8/0 flags 0 sees 12'],
      'value found': [0x12],
      'find from a program': [
        0,
        'find p0 b1 c1 key 01 value 12 sizes 4/8/0 flags 1 irql 2 locks 0 sees 12',
      ],
      'find of a missing key': [7],
      'next key': [0],
      delete: [0, 'post_delete p0 b1 c1 key 01 value 12 sizes 4/8/0 flags 0 sees nothing'],
      'delete again': [19],
      'insert another': [
        0,
        'update p0 b1 c1 key 03 value 31 sizes 4/8/0 flags 0 sees nothing',
        'update p0 b1 c1 key 04 value 41 sizes 4/8/0 flags 0 sees nothing',
      ],
      'insert into a full map': [
        29,
        'update p0 b1 c1 key 05 value 51 sizes 4/8/0 flags 0 sees nothing',
        'post_delete p0 b1 c1 key 05 value 51 sizes 4/8/0 flags 2 sees nothing',
      ],
      'look up and delete': [
        0,
        'find p0 b1 c1 key 04 value 41 sizes 4/8/0 flags 0 sees 41',
        'post_delete p0 b1 c1 key 04 value 41 sizes 4/8/0 flags 0 sees nothing',
      ],
      'context at the offset': [1],
      deregister: [0x103],
      close: [
        0,
        'post_delete p0 b1 c1 key 03 value 31 sizes 4/8/0 flags 4',
        'map_delete p0 b1 c1',
        'detach p0 b1 c0',
        'cleanup p0 b1 c0',
      ],
      wait: [0],
      'lost records': [0],
    });
  });
});

describe('a life of other maps', () => {
  it('stores what a transforming provider wrote, and keeps BPF programs out', () => {
    const life = live('transforming', program('hash-runtime'));
    expect(life).toMatchObject({
      insert: [0, 'update p0 b1 c1 key 01 value 11 sizes 4/8/16 flags 0 sees nothing'],
      find: [0, 'find p0 b1 c1 key 01 value b7 sizes 4/16/8 flags 0 sees b7'],
      'value found': [0x12],
      'find from a program': [18],
      delete: [0, 'post_delete p0 b1 c1 key 01 value b7 sizes 4/16/0 flags 0 sees nothing'],
    });
  });

  it('asks the deprecated delete before removal, under the bucket lock, and heeds its answer', () => {
    const life = live('deprecated', program('hash-runtime'));
    const asked = 'pre_delete p0 b1 c1 key 01 value 12 sizes 4/8/0 flags 0 irql 2 locks 1 sees 12';
    expect(life).toMatchObject({ delete: [18, asked], 'delete again': [0, asked] });
  });

  it('never reaches a provider whose table is of an unknown size', () => {
    expect(live('invalid', program('hash-runtime'))).toMatchObject({ create: [23] });
  });
});

it('the runtime as shipped tells before removal, under locks, and cleans up outside any epoch', () => {
  const life = live('plain', program('hash-runtime-as-shipped'));
  expect(life).toMatchObject({
    'find from a program': [
      0,
      'find p0 b1 c1 key 01 value 12 sizes 0/8/0 flags 1 irql 2 locks 0 sees 12',
    ],
    delete: [0, 'post_delete p0 b1 c1 key 01 value 12 sizes 4/8/0 flags 0 irql 2 locks 1 sees 12'],
    close: [
      0,
      'post_delete p0 b1 c1 key 03 value 31 sizes 4/8/0 flags 4 irql 2 locks 1 unprotected',
      'map_delete p0 b1 c1 unprotected',
      'detach p0 b1 c0',
      'cleanup p0 b1 c0',
    ],
  });
});

it('every value of four threads is given back exactly once, and the sanitizers have nothing to say', () => {
  if (!/linux/.test(findCompiler().target)) return;
  const flags = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'];
  const executable = program('hash-runtime', flags);
  expect(live('stress', executable)).toEqual({
    'values left after stress': 0,
    'values given back wrongly': 0,
    'records lost in stress': 0,
  });
  for (const kind of ['plain', 'transforming', 'deprecated', 'invalid']) {
    expect(live(kind, executable), kind).toMatchObject({ 'lost records': [0] });
  }
});

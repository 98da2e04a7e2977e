/**
 * Drivers that are linked against a library with the NMR run as others do; what is no such driver
 * is told so.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExecutor } from '../host/executor.ts';
import { buildNative, includeFolders, type BuiltFixture } from '../native/build.ts';
import { compile, findCompiler } from '../native/compiler.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Executor } from '../execute/executor.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential, type Operation, type Plan } from '../trace/plan.ts';

let folder = '';
let built: readonly BuiltFixture[] = [];
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'external-nmr-'));
  built = [...(await buildNative('nmr')), ...(await buildNative('providers/accounting-map'))];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const library = (name: string): string =>
  built.find((one) => one.name === name)?.library ?? `no fixture ${name}`;
const driver = (name: string): string => library(`nmr-drivers/${name}`);

const open = (file: string, nmr = library('nmr/nmr')): Promise<Executor> =>
  createExecutor({ path: file, config: null, nmr }, { inProcess: false, callbackTimeoutMs: null });

const runOn = async (name: string, plan: Plan): Promise<TraceEvent[]> => {
  const executor = await open(driver(name));
  const profile = {
    ...{ ...bootstrapProfile(null), mapType: 15 },
    ...{ accepted: [{ key: 4, value: 4, actual: 8 }], keySizes: [4], valueSizes: [4] },
    values: 'generated' as const,
  };
  const results = await executor.run(
    [1, 2].map(() => ({ plan, choices: [], conditions: {}, profile })),
  );
  await executor.close();
  const [first, second] = results.map(({ trace }) => trace);
  expect(JSON.stringify(second), 'a second run').toBe(JSON.stringify(first));
  return first!;
};

const kinds = (trace: readonly TraceEvent[], ...wanted: TraceEvent['kind'][]): string[] =>
  trace
    .filter(({ kind }) => wanted.includes(kind))
    .map((event) =>
      [
        event.kind,
        ...('status' in event && event.status ? [event.status] : []),
        ...('phase' in event ? [event.phase] : []),
      ].join(' '),
    );

const use: Operation[] = [
  { op: 'update', map: 0, key: 1, value: 2 },
  { op: 'find', map: 0, key: 1 },
  { op: 'delete', map: 0, key: 1 },
];
const drivers = ['object-map', 'pending-detach', 'object-driver', 'accounting-map', 'pass-through'];

describe('a right driver', () => {
  it.each(drivers)('%s: starts, serves a map, stops and starts again', async (name) => {
    const life: Operation[] = [
      { op: 'start' },
      { op: 'create', map: 0 },
      ...use,
      { op: 'close', map: 0 },
      { op: 'stop' },
    ];
    const trace = await runOn(name, sequential('lives', [...life, ...life]));
    const results = trace.flatMap((event) =>
      event.kind === 'operation-ended' ? [event.result] : [],
    );
    const expected = life.map(({ op }) =>
      op === 'close' ? 'OK' : ['start', 'stop'].includes(op) ? 'STATUS_SUCCESS' : 'EBPF_SUCCESS',
    );
    expect(results).toEqual([...expected, ...expected]);
    expect(kinds(trace, 'misuse', 'lost', 'bound-reached', 'registration-changed')).toEqual([]);
    const once = ['registered STATUS_SUCCESS', 'deregister STATUS_SUCCESS', 'deregistered'];
    expect(kinds(trace, 'registered', 'deregister', 'deregister-wait', 'deregistered')).toEqual([
      ...once,
      ...once,
    ]);
    expect(trace.findLast(({ kind }) => kind === 'balance')).toMatchObject({
      balance: { blocks: [] },
    });
  });

  it.each(drivers)('%s: is not let go while its maps live', async (name) => {
    const stopping: Operation[] = [
      { op: 'start' },
      { op: 'create', map: 0 },
      { op: 'create', map: 1 },
    ];
    const trace = await runOn(name, sequential('stop under maps', [...stopping, { op: 'stop' }]));
    expect(kinds(trace, 'misuse', 'lost', 'deregister', 'deregister-wait', 'deregistered')).toEqual(
      [
        'deregister STATUS_PENDING',
        'deregistered',
        'deregister-wait entered',
        'deregister-wait STATUS_SUCCESS returned',
      ],
    );
    const stop = trace.findIndex(
      (one) => one.kind === 'callback-entered' && one.callback === 'stop',
    );
    const ends = trace.flatMap((one, at) =>
      one.kind === 'callback-entered' && one.callback === 'postprocess_map_delete' ? [at] : [],
    );
    expect(ends).toHaveLength(2);
    expect(Math.min(...ends)).toBeGreaterThan(stop);
  });

  it('is offered to no one any more once it is gone, and is seen where it is not', async () => {
    const plan = sequential('stop', [{ op: 'start' }, { op: 'stop' }]);
    const right = await runOn('object-driver', plan);
    const wrong = await runOn('UNLOAD-001-stays-registered', plan);
    expect(kinds(right, 'deregister')).toHaveLength(1);
    expect(kinds(wrong, 'deregister')).toEqual([]);
  });
});

/** A library of a few lines of C. */
const compiled = async (name: string, text: string): Promise<string> => {
  const source = path.join(folder, `${name}.c`);
  const output = path.join(folder, `${name}.so`);
  writeFileSync(source, text);
  await compile(findCompiler(), [source], includeFolders, output, name);
  return output;
};
const entry = '__attribute__((visibility("default"))) int DriverEntry(void* driver, void* path)';

describe('what is no driver on that NMR is refused in one sentence', () => {
  it.each([
    ['no entry point', 'int nothing;', /has no entry point: it exports neither cmc_provider_start/],
    [
      'no unload routine',
      `${entry} { return driver == path; }`,
      /no unload routine\.so could not be started: DriverEntry set no DriverUnload/,
    ],
    [
      'a refusal',
      `${entry} { return driver == path ? 0 : (int)0xC0000001; }`,
      /could not be started: DriverEntry returned STATUS_UNSUCCESSFUL/,
    ],
    [
      'a crash',
      `${entry} { *(volatile int*)0 = driver == path; return 0; }`,
      /could not be started: DriverEntry ended the process \(SIGSEGV[;)]/,
    ],
  ])('%s', async (name, text, sentence) => {
    const fault = await open(await compiled(name, text)).catch((reason: unknown) => reason);
    expect(fault).toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(sentence) as string,
    });
  });

  it('a glue library that registers with the harness', async () => {
    await expect(open(library('providers/accounting-map'))).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining(
        'it registered no provider of maps with "nmr.so": link it against that very library',
      ) as string,
    });
  });

  it('a module', async () => {
    await expect(open('fixtures/providers/object-map.ts')).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('"object-map.ts" is no shared library') as string,
    });
  });

  it('a library that exports only a part of the NMR, the rest named', async () => {
    const part = await compiled(
      'part',
      '__attribute__((visibility("default"))) int NmrRegisterClient(void) { return 0; }',
    );
    const fault = await open(driver('object-driver'), part).catch((reason: unknown) => reason);
    expect(fault).toMatchObject({ exitCode: 4 });
    const { message } = fault as Error;
    expect(message).toMatch(/^--nmr: "part\.so" does not export NmrRegisterProvider, .*Complete: /);
    expect(message).not.toContain('NmrRegisterClient,');
  });

  it('a file that is no library', async () => {
    await expect(open(driver('object-driver'), 'README.md')).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('--nmr: "README.md" is no shared library') as string,
    });
  });
});

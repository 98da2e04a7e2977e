/**
 * A crash of a library is told by line, by who called, and by the life of the block that it fell
 * over.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimePlans } from '../explore/runtime-plans.ts';
import { buildNative, buildWithAsan, includeFolders } from '../native/build.ts';
import { findCompiler } from '../native/compiler.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { openRuntimeExecutor, runtimeJob } from '../campaign/runtime-campaign.ts';
import type { Job } from '../execute/execute.ts';
import type { EventOf } from '../trace/event.ts';
import { sequential } from '../trace/plan.ts';
import { parseCrashRecord } from './crash-record.ts';
import { createExecutor } from './executor.ts';
import { parseSymbols } from './symbols.ts';

const buildMs = 120_000;

const job: Job = {
  plan: sequential('place', [
    { op: 'start' },
    { op: 'create', map: 0 },
    { op: 'update', map: 0, key: 1, value: 2 },
    { op: 'find', map: 0, key: 1 },
    { op: 'delete', map: 0, key: 1 },
    { op: 'update', map: 0, key: 1, value: 3 },
    { op: 'close', map: 0 },
    { op: 'stop' },
  ]),
  choices: [],
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

const faults = 'fixtures/native/faults';
const lostIn = async (file: string, asan = false): Promise<EventOf<'lost'>> => {
  const executor = await createExecutor(
    { path: file, config: null, nmr: null },
    { inProcess: false, callbackTimeoutMs: null, asan },
  );
  const [result] = await executor.run([job]);
  await executor.close();
  return result!.trace.find((event): event is EventOf<'lost'> => event.kind === 'lost')!;
};

/** The line of a fault that says of itself that the subject is lost there. */
const markedLine = (name: string): number =>
  readFileSync(`${faults}/${name}.c`, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes('/* lost here */')) + 1;

const freed = 'CRUD-UPD-003-writes-to-freed-scratch';
const overrun = 'CRUD-UPD-003-copies-past-its-block';
const nothing = 'CRUD-FIND-002-calls-nothing';

describe.runIf(process.platform === 'linux')('the place of a crash', () => {
  let folder = '';
  const libraries = new Map<string, string>();

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'place-'));
    for (const name of [freed, overrun, nothing]) {
      const [built] = await buildNative(`faults/${name}`);
      libraries.set(name, built!.library);
    }
  }, buildMs);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [freed, 'update_through_scratch', null],
    [overrun, 'copy_value', 'update_through_copy'],
    [nothing, 'find_by_callback', null],
  ])('is the line, and its callers stand behind it: %s', async (name, inside, caller) => {
    const { place } = await lostIn(libraries.get(name)!);
    expect(place).toMatchObject({
      function: inside,
      file: `${name}.c`,
      line: markedLine(name),
      module: `${name}.so`,
      offset: expect.stringMatching(/^0x[0-9a-f]+$/) as string,
    });
    expect(place!.stack.map((frame) => frame.function)).toContain(caller ?? inside);
  });

  it('comes with the block that the address lies in or behind', async () => {
    const { block } = await lostIn(libraries.get(freed)!);
    expect(block).toMatchObject({
      size: 16,
      offset: 4,
      made: { callback: 'preprocess_map_update_element' },
      freed: { callback: 'postprocess_map_delete_element' },
    });
    expect(block!.made.event).toBeLessThan(block!.freed!.event);
    const behind = await lostIn(libraries.get(overrun)!);
    expect(behind.block).toMatchObject({ size: 2, offset: 2, freed: null });
  });

  it('is the same in every run, and holds no address and no folder', async () => {
    const once = JSON.stringify(await lostIn(libraries.get(freed)!));
    expect(JSON.stringify(await lostIn(libraries.get(freed)!))).toBe(once);
    expect(once).not.toMatch(/0x[0-9a-f]{8,}|\/(home|tmp|work|usr)\//);
  });

  it('is module and offset where the symbols are gone', async () => {
    const stripped = path.join(folder, 'stripped.so');
    copyFileSync(libraries.get(freed)!, stripped);
    execFileSync('strip', ['-s', stripped]);
    const { place, block } = await lostIn(stripped);
    expect(place).toMatchObject({ function: null, file: null, line: null, module: 'stripped.so' });
    expect(place!.offset).toMatch(/^0x[0-9a-f]+$/);
    expect(block?.freed).not.toBeNull();
  });

  it.each(['address', 'thread', 'undefined'] as const)(
    'is told when the library was built with -fsanitize=%s, too',
    async (sanitizer) => {
      const into = path.join(folder, sanitizer);
      const [built] = await buildWithAsan(`faults/${freed}`, into, sanitizer);
      const { place, block } = await lostIn(built!.library, true);
      expect(place).toMatchObject({ file: `${freed}.c`, line: markedLine(freed) });
      expect(block).toMatchObject({ size: 16, offset: 4 });
    },
    buildMs,
  );

  it(
    'is told of a runtime, whose instances are copies under other names',
    async () => {
      const source = path.join(folder, 'runtime.c');
      const lines = [
        '#include "deviation.h"',
        'static ebpf_result_t',
        'crash(cmc_map_t* map)',
        '{',
        '    *(volatile uint32_t*)0 = map != NULL;',
        '    return EBPF_SUCCESS;',
        '}',
        'static void deviate(void) { seams.announce = crash; }',
        '',
      ];
      writeFileSync(source, lines.join('\n'));
      const library = path.join(folder, 'runtime.so');
      const include = [...includeFolders, 'fixtures/runtimes/deviations'].map((one) => `-I${one}`);
      const options = ['-shared', '-fPIC', '-g', '-fvisibility=hidden', '-pthread', ...include];
      const [program, ...given] = findCompiler().command;
      execFileSync(program!, [...given, ...options, source, '-o', library]);
      const executor = await openRuntimeExecutor(library, {
        ...{ inProcess: false, timeoutMs: null, config: null },
      });
      const plans = runtimePlans('merged', { seed: 1, generated: 0 });
      const creates = plans.find(({ actors }) =>
        actors.some(({ operations }) => operations.some(({ op }) => op === 'create')),
      )!;
      const [result] = await executor.run([runtimeJob(creates, 'merged')]);
      await executor.close();
      const lost = result!.trace.find((event) => event.kind === 'lost');
      expect(lost).toMatchObject({ place: { function: 'crash', file: 'runtime.c', line: 5 } });
    },
    buildMs,
  );
});

describe('what a crashed process wrote', () => {
  it('is believed only as far as it can be read', () => {
    expect(parseCrashRecord('')).toBeNull();
    expect(parseCrashRecord('hello\nframe zz 1\n')).toBeNull();
    const text = [
      'crash b',
      'fault 10',
      'map 1000 2000 0 /a/lib.so',
      'map 2000 3000 1000 /a/lib.so (deleted)',
      'frame 2345 1',
      'frame 99999 0',
      'frame x; rm 0',
      'end',
    ].join('\n');
    expect(parseCrashRecord(text)).toEqual({
      fault: 16n,
      frames: [{ file: '/a/lib.so', offset: 0x1345n, isExact: true }],
    });
  });

  it('names the caller where the address called had no code', () => {
    const text = 'crash b\nfault 0\nmap 1000 2000 0 /a/lib.so\ncaller 1234\nframe 0 1\nend\n';
    expect(parseCrashRecord(text)?.frames).toEqual([
      { file: '/a/lib.so', offset: 0x234n, isExact: false },
    ]);
  });

  it('is put into lines by the tool, inlined calls apart', () => {
    const text =
      '0x0000000000001234\ninner\n/x/y/a.c:12 (discriminator 3)\nouter\n/x/y/a.c:50\n0x10\n??\n??:0\n';
    expect(parseSymbols(text)).toEqual([
      [
        { function: 'inner', file: 'a.c', line: 12, folder: '/x/y/' },
        { function: 'outer', file: 'a.c', line: 50, folder: '/x/y/' },
      ],
      [{ function: null, file: null, line: null, folder: '' }],
    ]);
  });
});

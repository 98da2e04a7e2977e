/**
 * A library that was built with AddressSanitizer is heard out: its report is a crash, in the
 * report's own words.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNative, buildWithAsan } from '../native/build.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Job } from '../execute/execute.ts';
import { sequential } from '../trace/plan.ts';
import { createExecutor } from './executor.ts';
import { StderrTail } from './stderr-tail.ts';

const job: Job = {
  plan: sequential('delete', [
    { op: 'start' },
    { op: 'create', map: 0 },
    { op: 'update', map: 0, key: 1, value: 2 },
    { op: 'delete', map: 0, key: 1 },
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

/** The provider takes numbers of processors. */
const rightJob: Job = {
  ...job,
  plan: sequential('right', [
    { op: 'start' },
    { op: 'create', map: 0 },
    { op: 'update', map: 0, key: '00000000', value: '00000000' },
    { op: 'find', map: 0, key: '00000000' },
    { op: 'close', map: 0 },
    { op: 'stop' },
  ]),
};
const compileMs = 60_000;

let folder = '';
let library = '';
let plain = '';

const open = (file: string, inProcess = false) =>
  createExecutor(
    { path: file, config: null, nmr: null },
    { inProcess, callbackTimeoutMs: null, asan: true },
  );

describe.runIf(process.platform === 'linux')('a library built with -fsanitize=address', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'asan-test-'));
    const [built] = await buildWithAsan('faults/CRUD-DEL-007-frees-twice', folder);
    library = built!.library;
    plain = (await buildNative('providers/pass-through'))[0]!.library;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('crashes with the summary of the report and the line that is to blame', async () => {
    const executor = await open(library);
    const results = await executor.run([job, job]);
    await executor.close();
    const lost = results.map(({ trace }) => trace.find(({ kind }) => kind === 'lost'));
    expect(lost[0]).toMatchObject({
      how: 'crash',
      error: 'SIGABRT',
      callback: 'postprocess_map_delete_element',
      op: 4,
      detail: expect.stringMatching(
        /^AddressSanitizer ended the process: double-free in free, called from free_twice CRUD-DEL-007-frees-twice-in-delete\.c:\d+(:\d+)?$/,
      ) as string,
    });
    expect(lost[1]).toEqual(lost[0]);
  });

  it.each(['address', 'thread', 'undefined'] as const)(
    'is heard to the end when a right one is built with -fsanitize=%s and the shim',
    async (sanitizer) => {
      const into = path.join(folder, sanitizer);
      const [built] = await buildWithAsan('providers/cpu-map', into, sanitizer);
      const executor = await open(built!.library);
      const [result] = await executor.run([rightJob]);
      await executor.close();
      const { trace } = result!;
      expect(trace.filter(({ kind }) => kind === 'lost' || kind === 'misuse')).toEqual([]);
      expect(trace.filter(({ kind }) => kind === 'callback-returned').length).toBeGreaterThan(3);
    },
    compileMs,
  );

  it.each([
    [
      'needs the switch',
      () => openUnasked(library),
      /built with AddressSanitizer; run it with --asan/,
    ],
    [
      'is not what a plain library is',
      () => open(plain),
      /"pass-through\.so" was built without it/,
    ],
    ['is no module', () => open('fixtures/providers/object-hash.ts'), /is a module/],
    ['needs a process of its own', () => open(library, true), /leave out --in-process/],
    ['needs the runtime of its compiler', () => withoutCompilers(), /asked [^)]+\): install the/],
  ])('%s', async (_name, act, sentence) => {
    await expect(act()).rejects.toThrow(sentence);
  });
});

const openUnasked = (file: string) =>
  createExecutor(
    { path: file, config: null, nmr: null },
    { inProcess: false, callbackTimeoutMs: null },
  );

const withoutCompilers = async () => {
  const { PATH: before } = process.env;
  process.env['PATH'] = '';
  try {
    return await open(library);
  } finally {
    process.env['PATH'] = before;
  }
};

describe('the words of a report', () => {
  const told = (...lines: string[]): string => {
    const tail = new StderrTail();
    tail.add(Buffer.from(lines.join('\n')));
    return tail.text();
  };
  const summary = 'SUMMARY: AddressSanitizer: heap-use-after-free /a/b/map.c:7 in find_it';

  it('are its summary, without folders', () => {
    expect(told('==7==ERROR: AddressSanitizer: x', summary, '==7==ABORTING')).toBe(
      'SUMMARY: AddressSanitizer: heap-use-after-free map.c:7 in find_it',
    );
  });

  it('name the caller of a function that is the sanitizer itself', () => {
    const frames = [
      '    #0 0x7f01 in __interceptor_memset ../../src/libsanitizer/x.inc:79',
      '    #1 0x7f02 in fill /a/b/map.c:9',
    ];
    const end =
      'SUMMARY: AddressSanitizer: heap-buffer-overflow ../../x.inc:79 in __interceptor_memset';
    expect(told(...frames, end)).toBe(
      'SUMMARY: AddressSanitizer: heap-buffer-overflow in memset, called from fill map.c:9',
    );
  });

  it('are bounded', () => {
    expect(told(`${summary}${'z'.repeat(9_000)}`).length).toBeLessThan(260);
  });
});

/**
 * The lists of members that the C structures are read by agree with the headers; what a library
 * must be is checked.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildNative, includeFolders } from '../native/build.ts';
import { findCompiler } from '../native/compiler.ts';
import { loadNativeRuntime } from './load-runtime.ts';
import {
  OPERATION_BYTES,
  PROVIDER_ANSWERS,
  PROVIDER_BYTES,
  PROVIDER_WORDS,
  RECORD_BYTES,
  STEP_BYTES,
  STEP_WORDS,
  recordOffsets,
  RESULTS_MAX,
  RUNTIME_MEMBERS,
  runtimeSizeMin,
} from './observer-layout.ts';

const folder = mkdtempSync(join(tmpdir(), 'mapcert-layout-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The numbers behind labelled C expressions. */
const numbersOf = (expressions: Readonly<Record<string, string>>): Record<string, number> => {
  const source = join(folder, 'layout.c');
  const executable = join(folder, 'layout');
  const lines = Object.entries(expressions).map(
    ([label, expression]) => `  printf(",\\"${label}\\":%zu", (size_t)(${expression}));`,
  );
  writeFileSync(
    source,
    `#include <stdio.h>\n#include "custom_map_observer.h"\nint main(void) {\n  printf("{\\"first\\":0");\n${lines.join('\n')}\n  puts("}");\n  return 0;\n}\n`,
  );
  const [program, ...options] = findCompiler().command;
  const includes = includeFolders.map((path) => `-I${path}`);
  execFileSync(program, [...options, '-std=c11', ...includes, source, '-o', executable]);
  const { first: _, ...numbers } = JSON.parse(
    execFileSync(executable, { encoding: 'utf8' }),
  ) as Record<string, number>;
  return numbers;
};

describe('the structures of the observing provider', () => {
  it('have the sizes and offsets of the lists', () => {
    const words = PROVIDER_WORDS.map((name, index) => [`provider ${name}`, 4 * index] as const);
    const answersAt = 4 * PROVIDER_WORDS.length;
    const answerBytes = 4 * (RESULTS_MAX + 1);
    const answers = PROVIDER_ANSWERS.map(
      (name, index) => [`provider ${name}`, answersAt + answerBytes * index] as const,
    );
    const record = Object.entries(recordOffsets()).map(
      ([name, offset]) => [`record ${name}`, offset] as const,
    );
    const expected: Record<string, number> = {
      ...Object.fromEntries([...words, ...answers, ...record]),
      'provider bytes': PROVIDER_BYTES,
      'record bytes': RECORD_BYTES,
      'operation bytes': OPERATION_BYTES,
      ...Object.fromEntries(STEP_WORDS.map((name, word) => [`step ${name}`, 4 * word])),
      'step bytes': STEP_BYTES,
    };
    const structs = {
      provider: 'cmc_observer_provider_t',
      record: 'cmc_observer_record_t',
      operation: 'cmc_observer_operation_t',
      step: 'cmc_observer_step_t',
    };
    const expressions = Object.keys(expected).map((label) => {
      const [kind, name] = label.split(' ') as [keyof typeof structs, string];
      const struct = structs[kind];
      return [label, name === 'bytes' ? `sizeof(${struct})` : `offsetof(${struct}, ${name})`];
    });
    expect(numbersOf(Object.fromEntries(expressions) as Record<string, string>)).toEqual(expected);
  });

  it('keep the order of the runtime table, which only grows at its end', () => {
    const expected = Object.fromEntries(
      RUNTIME_MEMBERS.map((name, index) => [name, 8 + 8 * index]),
    );
    const expressions = Object.fromEntries(
      RUNTIME_MEMBERS.map((name) => [name, `offsetof(cmc_runtime_t, ${name})`]),
    );
    expect(numbersOf({ ...expressions, smallest: 'CMC_RUNTIME_SIZE_0' })).toEqual({
      ...expected,
      smallest: runtimeSizeMin,
    });
  });
});

describe('a library that is no runtime', () => {
  it('is refused in one sentence', async () => {
    const [provider] = await buildNative('providers/pass-through');
    const runtime = loadNativeRuntime(provider!.library);
    expect(() => runtime.instance()).toThrow(
      '"pass-through.so" exports no cmc_runtime_open: build it against custom_map_runtime.h.',
    );
    runtime.close();
  });

  it.each([
    ['an older version', '.version = 0, .size = sizeof(cmc_runtime_t)', /is of version 0/],
    ['a short table', '.version = 1, .size = 64', /shows a cmc_runtime_t of 64 bytes/],
    [
      'an empty table',
      '.version = 1, .size = sizeof(cmc_runtime_t)',
      /leaves nmr_register_provider NULL/,
    ],
  ])('%s is refused', (name, members, sentence) => {
    const source = join(folder, `${name.replaceAll(' ', '-')}.c`);
    const library = source.replace(/\.c$/, '.so');
    writeFileSync(
      source,
      `#include "custom_map_runtime.h"\nstatic const cmc_runtime_t table = {${members}};\nconst cmc_runtime_t* cmc_runtime_open(void) { return &table; }\n`,
    );
    const [program, ...options] = findCompiler().command;
    const includes = includeFolders.map((path) => `-I${path}`);
    execFileSync(program, [
      ...options,
      '-std=c11',
      '-shared',
      '-fPIC',
      ...includes,
      source,
      '-o',
      library,
    ]);
    const runtime = loadNativeRuntime(library);
    expect(() => runtime.instance()).toThrow(sentence);
    runtime.close();
  });
});

/**
 * The C side agrees with the numbers the TypeScript side reads memory by, and every native fixture
 * is what it says.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADERS, LAYOUTS } from '../abi/layout.ts';
import { buildNative, includeFolders, listFixtures, NativeBuildError } from './build.ts';
import { findCompiler } from './compiler.ts';
import { headMeta } from './head-meta.ts';

const project = new URL('../..', import.meta.url);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapcert-native-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Compiles a C program against our headers and hands out what it prints, read as JSON. */
function runC(name: string, text: string, given: readonly string[] = []): unknown {
  const compiler = findCompiler();
  const [program, ...options] = compiler.command;
  const source = join(folder, `${name}.c`);
  const executable = join(folder, name);
  writeFileSync(source, text);
  const flags = [
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Werror',
    ...includeFolders.map((path) => `-I${path}`),
  ];
  const libraries = /linux/.test(compiler.target) ? ['-ldl'] : [];
  execFileSync(program, [...options, ...flags, source, '-o', executable, ...libraries], {
    stdio: 'pipe',
  });
  return JSON.parse(execFileSync(executable, given, { encoding: 'utf8' }));
}

/** A program that prints, as one JSON object, the number behind each `[label, expression]`. */
function printing(numbers: readonly (readonly [string, string])[]): string {
  const lines = numbers.map(
    ([label, expression]) => `  printf(",\\"${label}\\":%zu", (size_t)(${expression}));`,
  );
  return `#include <stdio.h>
#include "cmc_contract.h"
int main(void) {
  printf("{\\"pointer\\":%zu", sizeof(void*));
${lines.join('\n')}
  puts("}");
  return 0;
}
`;
}

describe('the C structures', () => {
  it('have the sizes and offsets of harness/abi/layout.ts', () => {
    const expected: Record<string, number> = { pointer: 8 };
    const numbers: [string, string][] = [];
    for (const [struct, layout] of Object.entries(LAYOUTS)) {
      numbers.push([struct, `sizeof(${struct})`]);
      expected[struct] = layout.size;
      for (const [field, offset] of Object.entries(layout.fields)) {
        numbers.push([`${struct}.${field}`, `offsetof(${struct}, ${field})`]);
        expected[`${struct}.${field}`] = offset;
      }
    }
    expect(runC('layouts', printing(numbers))).toEqual(expected);
  });

  it('get the headers of harness/abi/layout.ts from CMC_HEADER', () => {
    const expected: Record<string, number> = { pointer: 8 };
    const numbers: [string, string][] = [];
    for (const [struct, header] of Object.entries(HEADERS)) {
      const last = Object.keys(LAYOUTS[struct as keyof typeof HEADERS].fields).at(-1);
      for (const part of ['version', 'size', 'total_size'] as const) {
        numbers.push([
          `${struct}.${part}`,
          `((ebpf_extension_header_t)CMC_HEADER(${struct}, ${last})).${part}`,
        ]);
        expected[`${struct}.${part}`] = header[part];
      }
    }
    expect(runC('headers', printing(numbers))).toEqual(expected);
  });

  it('keep the order of the host table, which only grows at its end', () => {
    const members = [
      'nmr_register_provider', 'nmr_deregister_provider', 'nmr_wait_for_provider_deregister_complete',
      'nmr_provider_detach_client_complete', 'get_irql', 'raise_irql', 'lower_irql', 'check_irql', 'pool_allocate',
      'pool_free', 'lock_acquire', 'lock_release', 'wait', 'signal', 'queue_work', 'current_process',
      'object_reference', 'object_dereference', 'log',
    ]; // prettier-ignore
    const expected = Object.fromEntries(members.map((member, index) => [member, 8 + 8 * index]));
    const numbers = members.map((member) => [member, `offsetof(cmc_host_t, ${member})`] as const);
    const found = runC(
      'host',
      printing([
        ...numbers,
        ['version', 'offsetof(cmc_host_t, version)'],
        ['size', 'offsetof(cmc_host_t, size)'],
      ]),
    );
    expect(found).toEqual({ pointer: 8, version: 0, size: 4, ...expected });
  });
});

/** Prints the given libraries' exported cmc_ names, by library. */
const listExports = `#include <stdio.h>
#ifdef _WIN32
#include <windows.h>
#define OPEN(path) ((void*)LoadLibraryA(path))
#define FIND(library, name) ((void*)GetProcAddress((HMODULE)(library), (name)))
#else
#include <dlfcn.h>
#define OPEN(path) dlopen((path), RTLD_NOW | RTLD_LOCAL)
#define FIND(library, name) dlsym((library), (name))
#endif
static const char* const names[] = {"cmc_provider_start", "cmc_provider_stop", "cmc_make_value", "cmc_release_value",
    "cmc_resource_count", "cmc_drain", "cmc_invoke_helper"};
int main(int count, char** paths) {
  printf("{\\"ready\\":[]");
  for (int i = 1; i < count; i += 1) {
    void* library = OPEN(paths[i]);
    const char* comma = "";
    printf(",\\"%d\\":[", i - 1);
    if (library == NULL) printf("\\"does not load\\"");
    for (size_t n = 0; library != NULL && n < sizeof(names) / sizeof(names[0]); n += 1) {
      if (FIND(library, names[n]) == NULL) continue;
      printf("%s\\"%s\\"", comma, names[n]);
      comma = ",";
    }
    printf("]");
  }
  puts("}");
  return 0;
}
`;

describe('the native fixtures', () => {
  it('export what a provider module must, and the optional symbols that make sense for them', async () => {
    const built = await buildNative('providers/');
    const found = runC(
      'exports',
      listExports,
      built.map((fixture) => fixture.library),
    ) as Record<string, string[]>;
    const exportsOf = Object.fromEntries(
      built.map((fixture, index) => [fixture.name, found[index]]),
    );
    const must = ['cmc_provider_start', 'cmc_provider_stop'];
    expect(exportsOf).toMatchObject({
      'providers/accounting-map': must,
      'providers/cpu-map': [...must, 'cmc_resource_count', 'cmc_drain'],
      'providers/object-map': [...must, 'cmc_resource_count', 'cmc_invoke_helper'],
      'providers/pass-through': must,
      'providers/socket-map': [...must, 'cmc_make_value', 'cmc_resource_count'],
    });
  });

  it('include a C fault for each fault that needs real memory', () => {
    const catalogue = readJson('fixtures/faults.json') as {
      seeded_faults: { id: string; memory?: boolean }[];
    };
    const needed = catalogue.seeded_faults
      .filter((fault) => fault.memory === true)
      .map((fault) => fault.id);
    const written = describedFaults().map((fault) => fault.id);
    expect(written).toEqual(expect.arrayContaining(needed));
  });

  it('say of each fault what it violates, in terms of rules that exist', () => {
    const rules = new Set(requirementIds());
    const faults = describedFaults();
    expect(new Set(faults.map((fault) => fault.id)).size).toBe(faults.length);
    for (const fault of faults) {
      expect(fault.violates.length, fault.id).toBeGreaterThan(0);
      expect(
        fault.violates.filter((rule) => !rules.has(rule)),
        fault.id,
      ).toEqual([]);
      expect(['fail', 'crash', 'hang', 'warn', 'incomplete'], fault.id).toContain(fault.expects);
      expect(fault.name.startsWith(`faults/${fault.violates[0]}-`), fault.id).toBe(true);
      expect(fault.says, fault.id).toMatch(/^[^\n]+$/);
    }
  });

  it('are built on demand, and not again while nothing changed', async () => {
    await buildNative('providers/pass-through');
    const [again] = await buildNative('providers/pass-through');
    expect(again).toMatchObject({ name: 'providers/pass-through', compiled: false });
  });
});

describe('a build that cannot go on', () => {
  it('says in one sentence which compiler is missing', async () => {
    const before = process.env['CC'];
    process.env['CC'] = 'no-such-compiler';
    try {
      const failure = await buildNative().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(NativeBuildError);
      expect(failure).toMatchObject({
        exitCode: 4,
        message:
          'no C compiler: CC is "no-such-compiler", which does not run; install gcc or clang, or set CC to one',
      });
    } finally {
      if (before === undefined) delete process.env['CC'];
      else process.env['CC'] = before;
    }
  });

  it('says which name fits no fixture', async () => {
    await expect(buildNative('providers/none')).rejects.toMatchObject({ exitCode: 4 });
  });
});

type DescribedFault = {
  name: string;
  id: string;
  violates: string[];
  expects: string;
  says: string;
};

function describedFaults(): readonly DescribedFault[] {
  return listFixtures('.so')
    .filter((fixture) => fixture.name.startsWith('faults/'))
    .map((fixture) => {
      const text = headMeta(fixture.source) ?? '{}';
      return { name: fixture.name, ...(JSON.parse(text) as Omit<DescribedFault, 'name'>) };
    });
}

function requirementIds(): readonly string[] {
  const text = readFileSync(new URL('harness/abi/requirements.json', project), 'utf8');
  return [...text.matchAll(/"id":\s*"([A-Z-]+-\d+)"/g)].map((match) => match[1] ?? '');
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, project), 'utf8'));
}

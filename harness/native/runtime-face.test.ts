/**
 * The face template of integrations/runtime-gate: as it is, and filled in for the example runtime in
 * C, in both languages.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadNativeRuntime } from '../adapters/load-runtime.ts';
import { Observer } from '../adapters/observer.ts';
import { EXIT, runTranscripts } from '../transcripts/command.ts';
import { libraryComparison } from '../transcripts/in-library.ts';
import { buildNative, includeFolders } from './build.ts';
import { findCompiler } from './compiler.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const kit = path.join(project, 'integrations/runtime-gate');
const template = readFileSync(path.join(kit, 'runtime_face.c'), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'mapcert-face-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const placeholder =
  /^static (?<result>[\w ]+)\n(?<name>\w+)\((?<given>[^)]*)\)\n\{\n(?: {4}return [\w ]+;\n)?\}$/gm;
const toDo = [...template.matchAll(/TO_DO\((\w+)\);/g)].map(([, name]) => name!);
/** Filled in, but not rows of the table of their own. */
const beside = ['deregister_and_wait', 'open_runtime'];
const ready = 'nmr_deregister_provider';

const bodies: Readonly<Record<string, string>> = {
  open_runtime: 'return (own = hash_runtime_open()) != NULL;',
  deregister_and_wait:
    'NTSTATUS status = own->nmr_deregister_provider(provider_handle);\n' +
    '    return status == STATUS_PENDING' +
    ' ? own->nmr_wait_for_provider_deregister_complete(provider_handle) : status;',
};

/** The template with each function handed on to the same member of another runtime. */
const filledIn = (): { text: string; names: string[] } => {
  const names: string[] = [];
  const text = template
    .replaceAll(placeholder, (whole, result: string, name: string, given: string) => {
      names.push(name);
      const words = given === 'void' ? [] : given.split(',').map((one) => /\w+$/.exec(one)![0]);
      const member = name === 'close_runtime' ? 'close' : name;
      const call = `own->${member}(${words.join(', ')});`;
      const body = bodies[name] ?? (result === 'void' ? call : `return ${call}`);
      return whole.replace(/\{\n[^]*\}$/, `{\n    ${body}\n}`);
    })
    .replaceAll(/ TO_DO\((\w+)\);/g, ' $1;')
    .replace(
      '#define TO_DO',
      'CMC_EXTERN_C const cmc_runtime_t* hash_runtime_open(void);\n' +
        'static const cmc_runtime_t* own;\n#define TO_DO',
    );
  return { text, names };
};

const languages = [
  ['c', ['-std=c11']],
  ['c++', ['-std=c++17']],
] as const;
const [compiler, ...options] = findCompiler().command;
const strict = ['-Wall', '-Wextra', '-Werror', '-fPIC', '-fvisibility=hidden', '-pthread'];
const includes = includeFolders.map((one) => `-I${one}`);

/** A library of the face in one of the languages, linked with others. */
const build = (
  name: string,
  text: string,
  [language, standard]: (typeof languages)[number],
  others: readonly string[],
): string => {
  const source = path.join(folder, `${name}.txt`);
  const library = path.join(folder, `${name}-${language}.so`);
  writeFileSync(source, text);
  const given = [...options, ...standard, ...strict, ...includes, '-shared', '-o', library];
  execFileSync(compiler, [...given, '-x', language, source, '-x', 'none', ...others], {
    stdio: 'pipe',
  });
  return library;
};

const mapcert = (...given: string[]) =>
  spawnSync(process.execPath, [path.join(project, 'harness/mapcert.mjs'), 'runtime', ...given], {
    cwd: folder,
    encoding: 'utf8',
  });

const own = path.join(folder, 'own.o');
beforeAll(() => {
  const source = path.join(project, 'fixtures/runtimes/hash-runtime-as-shipped.c');
  const given = ['-std=c11', '-O1', '-c', '-Dcmc_runtime_open=hash_runtime_open', source];
  execFileSync(compiler, [...options, ...strict, ...includes, ...given, '-o', own]);
});

it('as it is, it compiles, and a gate run ends in one sentence', () => {
  const built = languages.map((language) => build('empty', template, language, []));
  const { status, stdout, stderr } = mapcert(built[1]!);
  expect(stdout).toBe('');
  expect(stderr).toBe(
    'mapcert: "empty-c++.so" leaves nmr_register_provider NULL: it is required.\n',
  );
  expect(status).toBe(5);
});

it('names one function after the other', () => {
  const first = template.replace('TO_DO(nmr_register_provider)', 'nmr_register_provider');
  const runtime = loadNativeRuntime(build('begun', first, languages[0], []));
  expect(() => runtime.instance()).toThrow(
    '"begun-c.so" leaves nmr_deregister_provider NULL: it is required.',
  );
  runtime.close();
});

it('filled in for the example runtime, it does what was recorded, in both languages', async () => {
  const { text, names } = filledIn();
  expect(names.sort()).toEqual([...toDo.filter((name) => name !== ready), ...beside].sort());
  const [built] = await buildNative('observer/');
  const observer = new Observer(built!.library);
  const recorded = path.join(folder, 'recorded.jsonl');
  const lines = readFileSync(
    path.join(project, 'fixtures/traces/eBPFCore/scenarios.jsonl'),
    'utf8',
  ).split('\n');
  // Lives and deregistrations, and calls from inside callbacks.
  writeFileSync(recorded, lines.filter((line) => /^\{"id":"[57]\./.test(line)).join('\n'));
  for (const language of languages) {
    const runtime = loadNativeRuntime(build('filled', text, language, [own]));
    const printed: string[] = [];
    const print = (line: string): void => void printed.push(line);
    const compare = libraryComparison(runtime, observer);
    const code = runTranscripts([recorded], print, print, compare);
    expect(printed.at(-1)).toMatch(/^[1-9]\d identical, 0 different$/);
    expect(code).toBe(EXIT.identical);
    runtime.close();
  }
});

it('then passes the gate with the errata of the kit', () => {
  const library = build('gate', filledIn().text, languages[1], [own]);
  const { status, stderr } = mapcert(library, '--quiet', '--errata', path.join(kit, 'errata.yaml'));
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('the errata of the kit are those of eBPFCore', () => {
  const [shipped, ours] = [
    path.join(kit, 'errata.yaml'),
    path.join(project, 'fixtures/errata/ebpfcore.yaml'),
  ].map((file) => readFileSync(file, 'utf8'));
  expect(shipped).toBe(ours);
});

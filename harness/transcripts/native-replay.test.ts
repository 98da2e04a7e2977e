/**
 * The example runtime in C, built as the shipped one, does what was recorded of the shipped one;
 * and what the command makes of other libraries.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNativeRuntime, type NativeRuntime } from '../adapters/load-runtime.ts';
import { Observer } from '../adapters/observer.ts';
import { buildNative, includeFolders } from '../native/build.ts';
import { compile, findCompiler } from '../native/compiler.ts';
import { EXIT, runTranscripts } from './command.ts';
import { libraryComparison } from './in-library.ts';

const made = mkdtempSync(path.join(tmpdir(), 'mapcert-replay-'));
const folder = new URL('../../fixtures/traces/eBPFCore/', import.meta.url);
const files = ['scenarios.jsonl', 'random.jsonl'].map((name) =>
  fileURLToPath(new URL(name, folder)),
);

let observer: Observer;
let observerFile = '';
const runtimes = new Map<string, NativeRuntime>();
beforeAll(async () => {
  const [library] = await buildNative('observer/');
  observerFile = library!.library;
  observer = new Observer(observerFile);
  const built = await buildNative('runtimes/hash-runtime');
  for (const name of ['hash-runtime', 'hash-runtime-as-shipped', 'hash-runtime-plain-face']) {
    const exact = built.find((one) => one.name === `runtimes/${name}`)!;
    runtimes.set(name, loadNativeRuntime(exact.library));
  }
});
afterAll(() => {
  for (const runtime of runtimes.values()) runtime.close();
  rmSync(made, { recursive: true, force: true });
});

/** The command, through one of the example runtimes. */
const replayed = (name: string, given: readonly string[]) => {
  const printed: string[] = [];
  const compare = libraryComparison(runtimes.get(name)!, observer);
  const print = (line: string): void => void printed.push(line);
  return { code: runTranscripts(given, print, print, compare), printed };
};

/** A file with these of the scenarios. */
const fileWith = (...ids: string[]): string => {
  const lines = readFileSync(files[0]!, 'utf8').split('\n');
  const file = path.join(made, `${ids.join('-')}.jsonl`);
  const wanted = lines.filter((line) => ids.some((id) => line.includes(`"id":"${id}"`)));
  expect(wanted.length).toBe(ids.length);
  writeFileSync(file, wanted.join('\n'));
  return file;
};

describe('recorded behaviour of eBPFCore', () => {
  it('is reproduced by the example runtime as shipped, call by call', () => {
    const { code, printed } = replayed('hash-runtime-as-shipped', files);
    expect(printed).toEqual([
      'transcripts left out: 1, as map_create takes no inner map',
      'steps of batch left out: 48, as the library has no entry point for it',
      'steps of value_address left out: 24, as the library has no entry point for it',
      'steps of effective_value_size left out: 24, as the library has no entry point for it',
      expect.stringMatching(/^\d{3} identical, 0 different$/),
    ]);
    expect(Number.parseInt(printed.at(-1)!)).toBeGreaterThan(460);
    expect(code).toBe(EXIT.identical);
  });

  it('differs from the example runtime as documented, so that a difference would be seen', () => {
    const { code, printed } = replayed('hash-runtime', [fileWith('1.other_type')]);
    expect(printed[0]).toMatch(/^1\.other_type: .*\n +step 3 close .*: callbacks\[0\]\.in_epoch\n/);
    expect(code).toBe(EXIT.different);
  });

  it('is compared as far as the face of a library goes', () => {
    const { code, printed } = replayed('hash-runtime-plain-face', [
      fileWith('1.other_type', '4.push_pop_helper_uov0'),
    ]);
    expect(printed).toEqual([
      expect.stringMatching(
        /^steps of push left out: \d, as the library has no entry point for it$/,
      ),
      expect.stringMatching(/^steps of pop left out: /),
      expect.stringMatching(/^steps of peek left out: /),
      'not compared: irql and locks_held: the library has no lock_depth',
      'not compared: in_epoch: the library has neither in_epoch nor reclaim',
      '2 identical, 0 different',
    ]);
    expect(code).toBe(EXIT.identical);
  });
});

describe('npm run transcripts -- FILE --runtime LIBRARY', () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const run = (library: string) => {
    const given = ['--import', 'tsx', main, fileWith('1.other_type'), '--runtime', library];
    return spawnSync(process.execPath, given, { encoding: 'utf8' });
  };

  it('says in one sentence that a library has no entry point', () => {
    const { status, stdout, stderr } = run(observerFile);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^"observer\.\w+" exports no cmc_runtime_open: build it against custom_map_runtime\.h\.\n$/,
    );
    expect(status).toBe(5);
  });

  it('says at which step a library ended the process', async () => {
    const source = path.join(made, 'crashing.c');
    const library = path.join(made, 'crashing.so');
    writeFileSync(
      source,
      `#define cmc_runtime_open right_runtime_open
#include "${fileURLToPath(new URL('../../fixtures/runtimes/hash-runtime.c', import.meta.url))}"
#undef cmc_runtime_open
#include <stdlib.h>
static cmc_runtime_t crashing;
static void crash(cmc_map_t* map) { (void)map; abort(); }
CMC_EXPORT const cmc_runtime_t* cmc_runtime_open(void)
{
    crashing = *right_runtime_open();
    crashing.map_close = crash;
    return &crashing;
}
`,
    );
    await compile(findCompiler(), [source], includeFolders, library, 'crashing.c');
    const { status, stderr } = run(library);
    expect(stderr).toBe(
      '"crashing.so" ended the process (SIGABRT) in transcript 1.other_type, step 3; ' +
        'what follows was not replayed.\n',
    );
    expect(status).toBe(EXIT.different);
  });
});

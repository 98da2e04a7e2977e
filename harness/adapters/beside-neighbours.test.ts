/**
 * Libraries that need a second one in their own folder, or near it: loaded, and loaded a second
 * time.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { includeFolders } from '../native/build.ts';
import { compile, findCompiler } from '../native/compiler.ts';
import { openCopy, openLibrary } from './native-library.ts';
import { loadNativeRuntime } from './load-runtime.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mapcert-neighbours-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compiler = findCompiler();
const runtimes = path.resolve(import.meta.dirname, '../../fixtures/runtimes');
const own = compiler.extension === '.dylib' ? '@loader_path' : '$ORIGIN';

const sources = {
  neighbour:
    '__attribute__((visibility("default"))) int answer_of_the_neighbour(void);\n' +
    'int answer_of_the_neighbour(void) { return 42; }\n',
  runtime: `#define cmc_runtime_open open_of_its_own
#include "hash-runtime.c"
#undef cmc_runtime_open
int answer_of_the_neighbour(void);
CMC_EXPORT const cmc_runtime_t* cmc_runtime_open(void)
{
    return answer_of_the_neighbour() == 42 ? open_of_its_own() : NULL;
}`,
  provider: `#include "custom_map_conformance.h"
int answer_of_the_neighbour(void);
CMC_EXPORT int cmc_provider_start(const cmc_host_t* host) { (void)host; return answer_of_the_neighbour() - 42; }
CMC_EXPORT void cmc_provider_stop(void) {}`,
};

/** Builds a library that finds its neighbour in `near`, as seen from its own folder. */
const built = async (what: 'runtime' | 'provider', near: string): Promise<string> => {
  const home = path.join(folder, what, near === '' ? 'beside' : 'apart', 'bin');
  const there = path.resolve(home, `.${near}`);
  mkdirSync(home, { recursive: true });
  mkdirSync(there, { recursive: true });
  const source = path.join(home, `${what}.c`);
  const other = path.join(home, 'neighbour.c');
  writeFileSync(source, sources[what]);
  writeFileSync(other, sources.neighbour);
  const neighbour = path.join(there, `libneighbour${compiler.extension}`);
  const name =
    compiler.extension === '.dylib' ? '-install_name,@rpath/libneighbour' : '-soname,libneighbour';
  await compile(compiler, [other], [], neighbour, 'neighbour', [
    `-Wl,${name}${compiler.extension}`,
  ]);
  const library = path.join(home, what + compiler.extension);
  const options = [`-Wl,-rpath,${own}${near}`];
  const folders = [...includeFolders, runtimes];
  await compile(compiler, [source, neighbour], folders, library, what, options);
  return library;
};

describe.skipIf(process.platform === 'win32')('a library that needs another', () => {
  it.each(['', '/../lib'])('as a runtime has instances, the other at "%s"', async (near) => {
    const runtime = loadNativeRuntime(await built('runtime', near));
    expect(runtime.instance().has('find')).toBe(true);
    expect(runtime.instance().has('find')).toBe(true);
    runtime.close();
  });

  it('as a provider is copied with what lies beside it', async () => {
    const file = await built('provider', '');
    const first = openLibrary(file, 'provider');
    first.library.unload();
    const copy = openCopy(file, 'provider');
    expect(copy.exports.cmc_provider_start?.(0n)).toBe(0);
  });
});

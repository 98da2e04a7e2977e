/**
 * Compiles the C fixtures into libraries that the native adapters load; only what is out of date,
 * two at a time. It knows compilers that speak gcc's language (gcc, clang, mingw). Loading the
 * result is the adapters' business.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Compiler, compile, findCompiler, NativeBuildError } from './compiler.ts';
import { headMeta } from './head-meta.ts';
import { sourcesReached } from './include-scan.ts';

export { NativeBuildError } from './compiler.ts';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const here = join(project, 'harness/native');
const compilationsAtOnce = 2;

/** Where a kind of fixture is written, and where its library goes. */
const places = [
  { kind: 'providers', from: 'fixtures/native/providers', to: 'fixtures/native/build/providers' },
  { kind: 'variants', from: 'fixtures/native/variants', to: 'fixtures/native/build/variants' },
  { kind: 'faults', from: 'fixtures/native/faults', to: 'fixtures/native/build/faults' },
  { kind: 'nmr', from: 'fixtures/native/nmr', to: 'fixtures/native/build/nmr' },
  {
    kind: 'nmr-drivers',
    from: 'fixtures/native/nmr-drivers',
    to: 'fixtures/native/build/nmr-drivers',
  },
  { kind: 'runtimes', from: 'fixtures/runtimes', to: 'fixtures/runtimes/build' },
  { kind: 'deviations', from: 'fixtures/runtimes/deviations', to: 'fixtures/runtimes/build' },
  {
    kind: 'shipped-deviations',
    from: 'fixtures/runtimes/deviations',
    to: 'fixtures/runtimes/build/as-shipped',
  },
  { kind: 'observer', from: 'harness/native/observer', to: 'harness/native/build' },
] as const;

/**
 * One fixture: its name is `<kind>/<file without extension>`, `description` the .json beside the
 * library.
 */
export type NativeFixture = {
  readonly name: string;
  readonly source: string;
  readonly library: string;
  readonly description: string | null;
};

/** A fixture after the build; `compiled` is false where the library was up to date. */
export type BuiltFixture = NativeFixture & { readonly compiled: boolean };

/**
 * Which compiler, and a folder of its own for what it makes, so that two systems' libraries do not
 * lie mixed.
 */
export type BuildTarget = { readonly compiler: Compiler; readonly into: string };

/** The compiler's include folders, for whoever compiles C against our headers. */
export const includeFolders: readonly string[] = [
  join(here, 'include'),
  join(here, 'include/shadow'),
  join(here, 'shim'),
];

/**
 * Builds every fixture whose name begins with `only` (`providers/object-map`, `faults`, …; all when
 * absent). Throws a NativeBuildError for a missing compiler, a name that fits nothing, or a source
 * that does not compile.
 */
export async function buildNative(
  only = '',
  target?: BuildTarget,
): Promise<readonly BuiltFixture[]> {
  const compiler = target?.compiler ?? findCompiler();
  const fixtures = listFixtures(compiler.extension, target?.into);
  if (!target) removeOrphans(fixtures, compiler.extension);
  const named = fixtures.filter((fixture) => fixture.name.startsWith(only));
  // Drivers are linked against the registrar's library, so that comes first.
  const first = named.some(isDriver) ? fixtures.filter(({ name }) => name === registrar) : [];
  const wanted = named.filter((fixture) => !first.includes(fixture));
  if (named.length === 0) {
    throw new NativeBuildError(
      4,
      `no native fixture is named "${only}…"; see the folders in fixtures/native and fixtures/runtimes`,
    );
  }
  const built: BuiltFixture[] = [];
  for (const fixture of first) {
    const made = await buildOne(compiler, fixture);
    if (named.includes(fixture)) built.push(made);
  }
  const queue = wanted.values(); // Shared, so that each worker takes the next.
  const work = async (): Promise<void> => {
    for (const fixture of queue) built.push(await buildOne(compiler, fixture));
  };
  await Promise.all(Array.from({ length: compilationsAtOnce }, work));
  return built.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The library that exports the NMR, and who is linked against it. */
const registrar = 'nmr/nmr';
const isDriver = ({ name }: NativeFixture): boolean => name.startsWith('nmr-drivers/');

/** The fixtures there are, by name, whether built or not. */
export function listFixtures(extension: string, into?: string): readonly NativeFixture[] {
  return places.flatMap(({ kind, from, to }) => {
    const folder = join(project, from);
    // A driver finds its registrar by the name in the library, which this build cannot give a DLL.
    if (!existsSync(folder) || (kind.startsWith('nmr') && extension === '.dll')) return [];
    return readdirSync(folder)
      .filter((file) => file.endsWith('.c'))
      .sort()
      .map((file) => {
        const stem = basename(file, '.c');
        const made = into === undefined ? join(project, to) : join(into, kind);
        return {
          name: `${kind}/${stem}`,
          source: join(folder, file),
          library: join(made, stem + extension),
          description: headMeta(join(folder, file)) === null ? null : join(made, `${stem}.json`),
        };
      });
  });
}

/** A library whose source is gone would still be picked up by whoever loads the whole folder. */
function removeOrphans(fixtures: readonly NativeFixture[], extension: string): void {
  const known = new Set(fixtures.map((fixture) => fixture.library));
  for (const folder of places.map(({ to }) => join(project, to)).filter((to) => existsSync(to))) {
    for (const file of readdirSync(folder)) {
      const library = join(folder, file);
      if (!file.endsWith(extension) || known.has(library)) continue;
      rmSync(library, { force: true });
      rmSync(library.slice(0, -extension.length) + '.json', { force: true });
    }
  }
}

async function buildOne(compiler: Compiler, fixture: NativeFixture): Promise<BuiltFixture> {
  mkdirSync(dirname(fixture.library), { recursive: true });
  const reached = sourcesReached(fixture.source, includeFolders);
  const shim = shimFor(reached);
  const needed = [...reached, ...shim.flatMap((file) => sourcesReached(file, includeFolders))];
  const compiled = isStale(fixture.library, needed);
  if (compiled) await compileTo(compiler, fixture, shim);
  if (fixture.description !== null) writeDescription(fixture.source, fixture.description);
  return { ...fixture, compiled };
}

/** Under another name first: another process may be building or loading the same library. */
async function compileTo(
  compiler: Compiler,
  fixture: NativeFixture,
  shim: readonly string[],
): Promise<void> {
  const unfinished = `${fixture.library}.${process.pid}.tmp`;
  try {
    await compile(
      compiler,
      [fixture.source, ...shim, ...librariesOf(compiler, fixture)],
      includeFolders,
      unfinished,
      relative(project, fixture.source),
      optionsOf(compiler, fixture),
    );
    renameSync(unfinished, fixture.library);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** What the compiler is told beyond the usual. */
function optionsOf({ extension }: Compiler, fixture: NativeFixture): readonly string[] {
  // There are many wrong runtimes, each of them the whole one: they need not be fast.
  if (fixture.name.startsWith('deviations/')) return ['-O0', '-g0'];
  // The same deviations of the runtime as shipped.
  if (fixture.name.startsWith('shipped-deviations/')) return ['-O0', '-g0', '-DAS_SHIPPED'];
  const library = registrar + extension;
  if (fixture.name === registrar)
    return [
      extension === '.dylib'
        ? `-Wl,-install_name,@rpath/${basename(library)}`
        : `-Wl,-soname,${basename(library)}`,
    ];
  // Beside each other, as the build puts them, the one is found by the other wherever they are.
  const origin = extension === '.dylib' ? '@loader_path' : '$ORIGIN';
  return isDriver(fixture) ? [`-Wl,-rpath,${origin}/../${dirname(registrar)}`] : [];
}

/** The libraries that a fixture is linked against. */
const librariesOf = ({ extension }: Compiler, fixture: NativeFixture): readonly string[] =>
  isDriver(fixture) ? [join(dirname(dirname(fixture.library)), registrar + extension)] : [];

/** The shim's sources where cmc_shim.h is among what a source reaches. */
export const shimFor = (reached: readonly string[]): readonly string[] =>
  reached.some((file) => basename(file) === 'cmc_shim.h') ? shimSources() : [];

/** The shim, for a source that includes cmc_shim.h. */
export function shimSources(): readonly string[] {
  const folder = join(here, 'shim');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.c'))
    .sort()
    .map((file) => join(folder, file));
}

/** Whether a target is missing, or older than one of its sources. */
export function isStale(target: string, sources: readonly string[]): boolean {
  if (!existsSync(target)) return true;
  const made = statSync(target).mtimeMs;
  return sources.some((source) => statSync(source).mtimeMs > made);
}

function writeDescription(source: string, to: string): void {
  if (!isStale(to, [source])) return;
  const unfinished = `${to}.${process.pid}.tmp`;
  writeFileSync(unfinished, headMeta(source) ?? '');
  renameSync(unfinished, to);
}

/** Builds for a sanitizer, AddressSanitizer where none is named, in a folder beside the others. */
export function buildWithAsan(
  only?: string,
  into = asanFolder,
  sanitizer: 'address' | 'thread' | 'undefined' = 'address',
): Promise<readonly BuiltFixture[]> {
  const { command, ...compiler } = findCompiler();
  const options = [`-fsanitize=${sanitizer}`, '-fno-omit-frame-pointer'];
  return buildNative(only, {
    compiler: { ...compiler, command: [...command, ...options] },
    into,
  });
}

const asanFolder = join(project, 'fixtures/native/build/asan');

async function main(given: readonly string[]): Promise<number> {
  const only = given.find((word) => !word.startsWith('--'));
  try {
    const built = await (given.includes('--asan') ? buildWithAsan(only) : buildNative(only));
    const compiled = built.filter((fixture) => fixture.compiled).length;
    console.log(
      `${built.length} native fixtures, ${compiled} compiled, ${built.length - compiled} up to date`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof NativeBuildError)) throw error;
    console.error(error.message);
    return error.exitCode;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv.slice(2));

/** From a path to a subject: a shared library, or a TypeScript or JavaScript module. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SubjectError, UsageError } from '../errors/errors.ts';
import type { ProviderModule } from '../provider/module.ts';
import { printable } from '../trace/printable.ts';
import type { LoadedSubject } from './adapter.ts';
import { openModule } from './in-process.ts';
import { restoreIntrinsics } from './intrinsics.ts';
import { checkIsFile } from './library-file.ts';

const libraryEndings = ['.so', '.dll', '.dylib'];
const moduleEndings = ['.ts', '.mts', '.js', '.mjs', '.cjs'];
const nameCharactersMax = 100;

/** Whether the file is taken for a shared library. */
export const isLibraryPath = (file: string): boolean =>
  libraryEndings.includes(path.extname(file)) || /\.so\.[\d.]+$/.test(file);

/**
 * Loads a subject by its file's ending; `nmr` is the library with the NMR that it is linked
 * against, if any. Throws SubjectError or UsageError in one sentence when it cannot be.
 */
export const loadSubject = async (
  file: string,
  nmr: string | null = null,
): Promise<LoadedSubject> => {
  checkIsFile(file);
  if (nmr !== null) {
    if (!isLibraryPath(file)) {
      throw new UsageError(
        `--nmr is for a driver that is linked against "${path.basename(nmr)}": ` +
          `"${path.basename(file)}" is no shared library.`,
      );
    }
    const { loadExternalDriver } = await import('./external-driver.ts');
    return loadExternalDriver(file, nmr);
  }
  if (isLibraryPath(file)) {
    // Loaded on demand, so that a simulated subject needs no native code at all.
    const { loadNative } = await import('./native.ts');
    return loadNative(file);
  }
  if (moduleEndings.includes(path.extname(file))) return loadModule(file);
  throw new SubjectError(
    `"${file}" is no subject by its ending: expected ${[...libraryEndings, ...moduleEndings].join(', ')}.`,
  );
};

/**
 * Makes `import` understand TypeScript of others, wherever it lies: in a folder whose package is no
 * "module" it means CommonJS. Running from source, this process was started with what our own
 * modules need, and no more.
 */
const registerTypeScript = async (file: string): Promise<void> => {
  if (!/\.m?ts$/.test(file) || isRegistered || '__vitest_worker__' in globalThis) return;
  const isSource = import.meta.url.endsWith('.ts');
  if (isSource && !path.relative(ownFolder, path.resolve(file)).startsWith('..')) return;
  isRegistered = true;
  (await import('tsx/cjs/api')).register();
  if (!isSource) (await import('tsx/esm/api')).register();
};

let isRegistered = false;

const ownFolder = fileURLToPath(new URL('../..', import.meta.url));

let imports = 0;

const commonjsCache = createRequire(import.meta.url).cache;

/** The default export of a file; `fresh` imports it again under another address. */
export const importDefault = async (
  file: string,
  options: { fresh: boolean },
): Promise<unknown> => {
  await registerTypeScript(file);
  const address = pathToFileURL(path.resolve(file));
  if (options.fresh) {
    address.searchParams.set('instance', String((imports += 1)));
    // A module that means CommonJS is kept there, whatever the address.
    for (const name of Object.keys(commonjsCache)) {
      if (name.split('?')[0] === path.resolve(file)) delete commonjsCache[name];
    }
  }
  let replaced: string[];
  let namespace: { default?: unknown };
  try {
    namespace = (await import(address.href)) as { default?: unknown };
  } finally {
    replaced = restoreIntrinsics();
  }
  if (replaced.length > 0) {
    const names = replaced.slice(0, 3).join(', ');
    throw new SubjectError(
      `"${path.basename(file)}" replaces ${names}, which the harness needs as it is; leave built-in functions alone`,
    );
  }
  const found = namespace.default;
  // TypeScript that was compiled to CommonJS on the way has its default export one level deeper.
  const isWrapped = typeof found === 'object' && found !== null && '__esModule' in found;
  return isWrapped ? (found as { default?: unknown }).default : found;
};

/** The first lines of what an import said, without the folder that the reader knows. */
const reasonOf = (reason: unknown, file: string): string => {
  const text = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
  const folder = path.resolve(file, '..') + path.sep;
  const lines = text.replaceAll(folder, '').split('\n').slice(0, 2);
  return printable(lines.map((line) => line.trim()).join(' '), 300);
};

const importModule = async (file: string, fresh: boolean): Promise<ProviderModule> => {
  let found: unknown;
  try {
    found = await importDefault(file, { fresh });
  } catch (reason) {
    if (reason instanceof SubjectError) throw reason;
    throw new SubjectError(
      `"${path.basename(file)}" could not be imported: ${reasonOf(reason, file)}`,
    );
  }
  return checkModule(file, found);
};

const checkModule = (file: string, found: unknown): ProviderModule => {
  const shown = path.basename(file);
  const says = 'a provider module, { name, start(host), stop() }';
  if (found === undefined) {
    throw new SubjectError(`"${shown}" has no default export: export ${says} as default.`);
  }
  if (typeof found !== 'object' || found === null) {
    throw new SubjectError(
      `The default export of "${shown}" is a ${found === null ? 'null' : typeof found}: expected ${says}.`,
    );
  }
  const module = found as Record<string, unknown>;
  for (const name of ['start', 'stop']) {
    if (typeof module[name] === 'function') continue;
    const is = module[name] === undefined ? 'missing' : `a ${typeof module[name]}`;
    throw new SubjectError(`"${name}" of "${shown}" is ${is}: expected a function.`);
  }
  if (typeof module['name'] !== 'string' || module['name'] === '') {
    throw new SubjectError(`"name" of "${shown}" is no text: give the provider a name.`);
  }
  return found as ProviderModule;
};

const loadModule = async (file: string): Promise<LoadedSubject> => {
  const first = await importModule(file, false);
  const { profile } = first;
  return {
    kind: 'in-process',
    name: printable(first.name, nameCharactersMax),
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    profile: typeof profile === 'object' ? profile : null,
    open: async ({ fresh }) => openModule(fresh ? await importModule(file, true) : first),
    close: () => undefined,
  };
};

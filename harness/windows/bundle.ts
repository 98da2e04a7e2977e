/**
 * Bundles mapcert for a machine without the repository: one file for each process that there is,
 * laid out like the sources, with the data files where the code looks for them. What goes beside it
 * is package.ts.
 */
import type * as Esbuild from 'esbuild';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('../../', import.meta.url));

/** Every process has an entry of its own; the sample provider is imported by its path. */
const entries = [
  'harness/main.ts',
  'harness/host/host-main.ts',
  'harness/run/stress-process.ts',
  'fixtures/providers/object-hash.ts',
];

/** Read by path at run time. */
const dataFiles = [
  'harness/abi/requirements.json',
  'harness/native/include',
  'harness/native/shim',
  'fixtures/faults.json',
  'reports/schema',
];

/** Loaded by name at run time: native code, and what needs native code of its own. */
const external = ['koffi', 'tsx', 'web-tree-sitter', '@repomix/tree-sitter-wasms'];

/** esbuild comes with tsx, which is what the project depends on. */
const esbuild = (): typeof Esbuild => {
  const fromHere = createRequire(import.meta.url);
  return createRequire(fromHere.resolve('tsx'))('esbuild') as typeof Esbuild;
};

/**
 * Code looks for files relative to its own module: in a bundle each module keeps the place it had.
 */
const placesKept: Esbuild.Plugin = {
  name: 'places-kept',
  setup: (build) => {
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const place = path.relative(project, file).split(path.sep).join('/').replace(/\.ts$/, '.js');
      const url = `new URL(${JSON.stringify(place)}, mapcertRoot).href`;
      const contents = readFileSync(file, 'utf8').replaceAll('import.meta.url', url);
      return { contents, loader: 'ts' };
    });
  },
};

const bundleEntry = async (entry: string, into: string): Promise<void> => {
  const up = '../'.repeat(entry.split('/').length - 1);
  await esbuild().build({
    absWorkingDir: project,
    entryPoints: [entry],
    outfile: path.join(into, entry.replace(/\.ts$/, '.js')),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external,
    plugins: [placesKept],
    logLevel: 'error',
    banner: {
      js: [
        "import { createRequire as mapcertRequire } from 'node:module';",
        'const require = mapcertRequire(import.meta.url);',
        `const mapcertRoot = new URL(${JSON.stringify(up)}, import.meta.url);`,
      ].join('\n'),
    },
  });
};

/** Fills the folder with the bundle and its data, without libraries that are native. */
export const bundleInto = async (into: string): Promise<void> => {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  for (const entry of entries) await bundleEntry(entry, into);
  for (const name of dataFiles) {
    const from = path.join(project, name);
    if (existsSync(from)) cpSync(from, path.join(into, name), { recursive: true });
  }
  const { name, version, license } = JSON.parse(
    readFileSync(path.join(project, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  const manifest = { name, version, license, private: true, type: 'module' };
  writeFileSync(path.join(into, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
};

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

/** Every process has an entry of its own. */
const processes = ['harness/main.ts', 'harness/host/host-main.ts', 'harness/run/stress-process.ts'];
/** The sample provider is imported by its path. */
const sample = 'fixtures/providers/object-hash.ts';

/** Read by path at run time. */
const dataFiles = [
  'harness/abi/contract-lines.json',
  'harness/abi/requirements.json',
  'harness/native/CMakeLists.txt',
  'harness/native/emitted',
  'harness/native/include',
  'harness/native/scaffold',
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

/**
 * Bundles the processes into a folder that is laid out like the sources. What several of them need,
 * or need only now and then, is a chunk beside them.
 * @param more further entries, and packages that are installed where the bundle runs
 */
export const bundleProcesses = async (
  into: string,
  more: { entries?: readonly string[]; installed?: readonly string[] } = {},
): Promise<void> => {
  const { entries = [], installed = [] } = more;
  await esbuild().build({
    absWorkingDir: project,
    entryPoints: [...processes, ...entries],
    outdir: into,
    outbase: project,
    chunkNames: 'harness/chunks/[name]-[hash]',
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: [...external, ...installed],
    plugins: [placesKept],
    logLevel: 'error',
    banner: {
      js: [
        "import { createRequire as mapcertRequire } from 'node:module';",
        'const require = mapcertRequire(import.meta.url);',
        "const mapcertRoot = import.meta.url.slice(0, import.meta.url.lastIndexOf('/harness/') + 1);",
      ].join('\n'),
    },
  });
};

/** Fills the folder with the bundle and its data, without libraries that are native. */
export const bundleInto = async (into: string): Promise<void> => {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  await bundleProcesses(into, { entries: [sample] });
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

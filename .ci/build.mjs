/**
 * Fills dist/ with what the package carries: compiled modules, the data and C files that they
 * read, and, in place of the modules that processes start with, bundles: hundreds of files are slow
 * to open.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { tsImport } from 'tsx/esm/api';

const root = path.dirname(import.meta.dirname);
const inRoot = (...names) => path.join(root, ...names);

const sources = ['harness', 'suites', 'fixtures', 'reports'];

/** Compiled instead of copied, made by a run, or of use in the repository only. */
const leftOut = [
  /\.ts$/,
  /(^|\/)(build|node_modules)(\/|$)/,
  /^reports\/(out|EXAMPLE)/,
  /^fixtures\/traces\/eBPFCore(\/|$)/,
];

const isAsset = (file) => {
  const name = path.relative(root, file).replaceAll(path.sep, '/');
  return !leftOut.some((pattern) => pattern.test(name));
};

rmSync(inRoot('dist'), { recursive: true, force: true });

const compiler = inRoot('node_modules', '@typescript', 'native', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', inRoot('tsconfig.build.json')], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) {
  process.stderr.write('build: the compiler refused; `npm run check` shows the same errors.\n');
  process.exit(status ?? 1);
}

for (const folder of sources) {
  if (existsSync(inRoot(folder))) {
    cpSync(inRoot(folder), inRoot('dist', folder), { recursive: true, filter: isAsset });
  }
}
const { bundleProcesses } = await tsImport('../harness/windows/bundle.ts', import.meta.url);
// Not what every command needs at once: that would be as many files again.
const installed = ['fast-check', 'fflate', 'junit-report-builder', 'yaml'];
await bundleProcesses(inRoot('dist'), { installed });
chmodSync(inRoot('dist', 'harness', 'mapcert.mjs'), 0o755);

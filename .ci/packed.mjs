/**
 * `npm run test:packed`: the package as it would be published. Its size, what publint and attw say
 * of it, and then what its first users do with it in an empty folder whose path has a space and an
 * umlaut: `init`, build, `certify`, a certificate; types under nodenext; the suite in vitest; every
 * command of docs/guides. Exit code 1 when a step is not as it should be.
 */
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = path.dirname(import.meta.dirname);
const outer = mkdtempSync(path.join(tmpdir(), 'packed-'));
const folder = path.join(outer, 'für alle');
mkdirSync(folder);

const bytesMax = 2 * 1024 * 1024;

/** npm's own settings for the project must not lead it out of the folder. */
const inFolder = { cwd: folder, encoding: 'utf8', env: { ...process.env, INIT_CWD: folder } };
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const packed = () => {
  const given = ['pack', '--silent', '--pack-destination', outer];
  const lines = execFileSync('npm', given, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  return path.join(outer, lines.at(-1));
};

const install = (tarball) => {
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];
  execFileSync('npm', ['install', ...options, tarball], inFolder);
};

/** Each step answers what is wrong, or null. */
const size = (tarball) => {
  const bytes = statSync(tarball).size;
  return bytes <= bytesMax ? null : `the package has ${bytes} bytes, more than ${bytesMax}`;
};

const lint = async () => {
  const { messages } = await publint({ pkgDir: root, pack: false, strict: true });
  return messages.map((message) => formatMessage(message, manifest)).join('\n') || null;
};

/** The package is for import only, and for resolvers that know "exports". */
const types = async (tarball) => {
  const found = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (!found.types) return 'it has no types';
  const wrong = found.problems.filter(
    ({ kind, resolutionKind }) =>
      resolutionKind !== 'node10' && kind !== 'CJSResolvesToESM' && kind !== 'NoResolution',
  );
  return wrong.map((problem) => JSON.stringify(problem)).join('\n') || null;
};

const mapcert = path.join(folder, 'node_modules/.bin/mapcert');

/** Runs commands one after the other; the first that fails, with what it said. */
const run = (steps) => {
  for (const [program, ...given] of steps) {
    const { status, stdout, stderr, error } = spawnSync(program, given, inFolder);
    if (status === 0) continue;
    const shown = [path.basename(program), ...given].join(' ');
    return `${shown}: exit code ${status}\n${error?.message ?? `${stdout}${stderr}`}`;
  }
  return null;
};

const glue = (kind) => () => {
  const library = path.join(kind, 'my_provider.so');
  const out = path.join(kind, 'out');
  const failure = run([
    [mapcert, 'init', kind, `--${kind}`],
    ['sh', path.join(kind, 'build.sh')],
    [mapcert, 'certify', library, '--quiet', '--out', out],
    [mapcert, 'bundle', out],
    [
      mapcert,
      'verify',
      path.join(out, 'certificate.zip'),
      '--subject',
      library,
      '--challenge',
      '9',
    ],
  ]);
  if (failure !== null) return failure;
  const { outcome } = JSON.parse(readFileSync(path.join(folder, out, 'report.json'), 'utf8'));
  return outcome === 'CONFORMANT' ? null : `certify ${library}: ${outcome}`;
};

/** The face template, as it is: it compiles against the headers of the package, and is refused. */
const gate = () => {
  const own = path.join(folder, 'node_modules', manifest.name);
  const library = path.join(folder, 'runtime_face.so');
  const headers = path.join(own, 'dist/harness/native/include');
  const source = path.join(own, 'integrations/runtime-gate/runtime_face.c');
  const failure = run([
    ['cc', '-shared', '-fPIC', '-pthread', '-I', headers, source, '-o', library],
  ]);
  if (failure !== null) return failure;
  const { status, stderr } = spawnSync(mapcert, ['runtime', library], inFolder);
  return status === 5 && stderr.includes('leaves nmr_register_provider NULL') ? null : stderr;
};

const consumer = `import type { ProviderModule } from 'custom-map-conformance';
import { defineConfig } from 'custom-map-conformance';
import { certify } from 'custom-map-conformance/certify';
import type { RunRecord } from 'custom-map-conformance/certify';
import { describeConformance } from 'custom-map-conformance/vitest';

export const config = defineConfig({ keySizes: [4] });
export const provider: Pick<ProviderModule, 'name'> = { name: 'x' };
export const run = (): Promise<RunRecord> => certify({ subject: 'provider.ts', runs: 1 });
export const mount = (): void => describeConformance('x', { subject: new URL('file:///x.ts') });
// @ts-expect-error: no such option
export const wrong = (): Promise<RunRecord> => certify({ subjects: 'provider.ts' });
`;

const nodenext = () => {
  const options = {
    ...{ module: 'nodenext', target: 'es2022', strict: true, noEmit: true, types: ['node'] },
    ...{ typeRoots: [path.join(root, 'node_modules/@types')], skipLibCheck: false },
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  };
  writeFileSync(path.join(folder, 'consumer.ts'), consumer);
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['consumer.ts', 'model/my_provider.ts'] }),
  );
  const compiler = path.join(root, 'node_modules/@typescript/native/bin/tsc');
  return run([[process.execPath, compiler, '-p', folder]]);
};

/** The model that `init --ts` writes, and the tests beside it. */
const model = () => {
  const vitest = path.join(root, 'node_modules/vitest');
  symlinkSync(vitest, path.join(folder, 'node_modules/vitest'), 'dir');
  return run([
    [mapcert, 'init', 'model', '--ts'],
    [mapcert, 'certify', 'model/my_provider.ts', '--quiet'],
    [process.execPath, path.join(vitest, 'vitest.mjs'), 'run', '--root', folder],
  ]);
};

/**
 * Every command of a guide, in the order of its page. A line that is to end otherwise than with 0
 * says so at its end.
 */
const guide = (name) => () => {
  const page = readFileSync(path.join(root, 'docs/guides', name), 'utf8');
  const script = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .map(([, commands]) =>
      commands.replace(
        /^(mapcert .*?) +# exit code (\d)$/gm,
        'code=0; $1 || code=$?; [ "$code" = $2 ]',
      ),
    )
    .join('');
  if (!script.includes('mapcert ')) return 'the page has no command';
  const own = path.join(folder, path.basename(name, '.md'));
  mkdirSync(own);
  const { status, stdout, stderr } = spawnSync('bash', ['-euxo', 'pipefail', '-c', script], {
    ...{ cwd: own, encoding: 'utf8', maxBuffer: 1 << 28 },
    env: { ...inFolder.env, PATH: `${path.dirname(mapcert)}:${process.env.PATH}` },
  });
  return status === 0 ? null : `exit code ${status}\n${stdout}${stderr}`.slice(-3_000);
};

let wrong = 0;
const step = async (name, work) => {
  const failure = await work();
  process.stdout.write(failure === null ? `ok  ${name}\n` : `NOT ${name}: ${failure}\n`);
  if (failure !== null) wrong += 1;
};

try {
  const tarball = packed();
  await step('at most 2 MB', () => size(tarball));
  await step('publint', lint);
  await step('attw', () => types(tarball));
  install(tarball);
  await step('doctor', () => run([[mapcert, 'doctor']]));
  for (const kind of ['c', 'driver', 'cpp']) await step(`--${kind}`, glue(kind));
  await step('the runtime gate', gate);
  await step('--ts, and the suite in vitest', model);
  await step('types under nodenext', nodenext);
  const guides = readdirSync(path.join(root, 'docs/guides')).filter((name) => name !== 'README.md');
  for (const name of guides) await step(name, guide(name));
} finally {
  rmSync(outer, { recursive: true, force: true });
}
process.exitCode = wrong === 0 ? 0 : 1;

/**
 * `npm run test:packed`: the package as it would be published, installed in an empty folder, does
 * what its first user does: `init`, `sh build.sh` and `certify` for each kind of glue, which must
 * be CONFORMANT. Exit code 1 when one is not.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const root = path.dirname(import.meta.dirname);
const folder = mkdtempSync(path.join(tmpdir(), 'packed-'));

/** npm's own settings for the project must not lead it out of the folder. */
const inFolder = { cwd: folder, encoding: 'utf8', env: { ...process.env, INIT_CWD: folder } };

const install = () => {
  const given = ['pack', '--silent', '--pack-destination', folder];
  const tarball = execFileSync('npm', given, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];
  execFileSync('npm', ['install', ...options, `./${tarball.at(-1)}`], inFolder);
};

/**
 * The first step that failed, with what it said; null when the last one made a CONFORMANT report.
 */
const failureOf = (kind) => {
  const report = path.join(folder, `${kind}.json`);
  const mapcert = path.join(folder, 'node_modules/.bin/mapcert');
  const library = path.join(kind, 'my_provider.so');
  const steps = [
    [mapcert, 'init', kind, `--${kind}`],
    ['sh', path.join(kind, 'build.sh')],
    [mapcert, 'certify', library, '--quiet', '--report', `json=${report}`],
  ];
  for (const [program, ...given] of steps) {
    const { status, stderr, error } = spawnSync(program, given, inFolder);
    if (status === 0) continue;
    const shown = [path.basename(program), ...given].join(' ');
    return `${shown}: exit code ${status}\n${error?.message ?? stderr}`;
  }
  const { outcome } = JSON.parse(readFileSync(report, 'utf8'));
  return outcome === 'CONFORMANT' ? null : `certify ${library}: ${outcome}`;
};

let wrong = 0;
try {
  install();
  for (const kind of ['c', 'driver', 'cpp']) {
    const failure = failureOf(kind);
    process.stdout.write(failure === null ? `ok  --${kind}\n` : `NOT --${kind}: ${failure}\n`);
    if (failure !== null) wrong += 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = wrong === 0 ? 0 : 1;

/**
 * Writes the kept runs of fixtures/findings.json anew, for the faults that it names: each is
 * certified, and of every broken rule the smallest run stays. To be run when what a rule judges,
 * or what its plans are, has changed:
 *     node .ci/findings.mjs [FAULT…]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.dirname(import.meta.dirname);
const file = path.join(root, 'fixtures/findings.json');
const asked = process.argv.slice(2);

/** Replay words of all that a certification of this fault found broken. */
const runsOf = (fault) => {
  const { stdout, status } = spawnSync(
    process.execPath,
    ['harness/mapcert.mjs', 'certify', `fixtures/faults/${fault}.ts`, '--quiet', '--report=json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (!stdout) throw new Error(`${fault}: certify wrote no report (exit ${status})`);
  return JSON.parse(stdout)
    .requirements.filter(({ counterexample }) => counterexample)
    .map(({ counterexample }) => /r1\.[\w-]+/.exec(counterexample.replay)[0]);
};

const names = JSON.parse(readFileSync(file, 'utf8')).map(({ fault }) => fault);
const unknown = asked.filter((fault) => !names.includes(fault));
if (unknown.length > 0) {
  process.stderr.write(`findings: ${unknown.join(', ')} is not among the faults of ${file}\n`);
  process.exit(4);
}
const kept = JSON.parse(readFileSync(file, 'utf8')).map((one) =>
  asked.length === 0 || asked.includes(one.fault) ? { ...one, runs: runsOf(one.fault) } : one,
);
writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);

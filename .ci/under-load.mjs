/**
 * Runs a command alone, then beside busy loops, and compares what it found:
 *     node .ci/under-load.mjs [--loops 16] [--times 3] [--only-loaded] [-- COMMAND…]
 * The command is the whole test suite unless another is named. What is compared: its exit code, and
 * of JSON on its standard output (vitest's, selftest --json, certify --report json) each verdict.
 * Exit code 0: all the same.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';

const usual = ['npx', 'vitest', 'run', '--reporter=json'];
const told = 20;

const { values, positionals: command } = parseArgs({
  options: {
    loops: { type: 'string', default: '16' },
    times: { type: 'string', default: '1' },
    'only-loaded': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [program, ...rest] = command.length > 0 ? command : usual;

const say = (line) => process.stdout.write(`${line}\n`);

/** Runs the command to its end: exit code and standard output. */
const run = () =>
  new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const pieces = [];
    child.stdout.on('data', (piece) => pieces.push(piece));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ exit: signal ?? code, text: Buffer.concat(pieces).toString('utf8') }),
    );
  });

/** The same beside so many loops, which end with it. */
const beside = async (loops) => {
  const busy = Array.from({ length: loops }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  const end = () => busy.forEach((one) => one.kill('SIGKILL'));
  process.once('exit', end);
  try {
    return await run();
  } finally {
    end();
    process.removeListener('exit', end);
  }
};

const jsonIn = (text) => {
  const from = text.indexOf('{');
  if (from < 0) return null;
  try {
    return JSON.parse(text.slice(from));
  } catch {
    return null;
  }
};

/** Name and verdict of everything that was judged. */
const verdictsOf = ({ exit, text }) => {
  const found = new Map([['exit code', String(exit)]]);
  const report = jsonIn(text);
  if (report === null) return found;
  for (const file of report.testResults ?? []) {
    const name = file.name.replace(process.cwd(), '');
    if (file.assertionResults.length === 0) found.set(name, `${file.status}: ${file.message}`);
    for (const test of file.assertionResults) found.set(`${name}: ${test.fullName}`, test.status);
  }
  if (report.outcome) found.set('outcome', report.outcome);
  for (const row of report.requirements ?? []) found.set(row.id, row.verdict);
  for (const kind of ['faults', 'runtimes']) {
    for (const row of report[kind] ?? [])
      found.set(
        `${kind} ${row.id}`,
        `${row.expected ? 'as expected' : 'not as expected'}: ${row.killedBy}`,
      );
  }
  for (const row of report.variants ?? [])
    found.set(`variants ${row.id}`, [row.outcome, ...row.falseAlarms].join('; '));
  return found;
};

const differences = (alone, loaded) =>
  [...new Set([...alone.keys(), ...loaded.keys()])]
    .filter((name) => alone.get(name) !== loaded.get(name))
    .map(
      (name) =>
        `${name}: ${alone.get(name) ?? 'not there'} alone, ${loaded.get(name) ?? 'not there'} beside loops`,
    );

const alone = values['only-loaded'] ? null : verdictsOf(await run());
if (alone) say(`alone: exit code ${alone.get('exit code')}, ${alone.size - 1} verdicts`);
let isSame = true;
for (let time = 1; time <= Number(values.times); time += 1) {
  const loaded = verdictsOf(await beside(Number(values.loops)));
  const wrong = alone
    ? differences(alone, loaded)
    : [...loaded].filter(([, verdict]) => verdict === 'failed').map(([name]) => `${name} failed`);
  say(
    `beside ${values.loops} loops, ${time} of ${values.times}: exit code ${loaded.get('exit code')}, ` +
      `${loaded.size - 1} verdicts, ${wrong.length} not the same`,
  );
  for (const line of wrong.slice(0, told)) say(`  ${line}`);
  isSame &&= wrong.length === 0 && (alone !== null || loaded.get('exit code') === '0');
}
process.exitCode = isSame ? 0 : 1;
